package io.chorale.embed;

import io.chorale.checkpoint.CheckpointChoice;
import io.chorale.config.ChoraleException;
import io.chorale.io.Storage;
import io.chorale.vectors.VectorFile;
import io.chorale.vectors.WordVectors;
import java.util.Optional;
import org.apache.hadoop.fs.Path;

/**
 * Word vectors from where a user has them: a run or a file.
 *
 * @param name of the place, for people
 * @param round of a run's checkpoint; none of a file
 */
public record VectorSource(WordVectors vectors, String name, Optional<Long> round) {
  /**
   * Reads all of them.
   *
   * @param path the directory of a run, or a file in any format of {@link
   *     io.chorale.vectors.VectorFormat}
   * @param choice of a run's checkpoint
   * @throws ChoraleException where there are none, or they are damaged
   */
  public static VectorSource open(Storage storage, Path path, CheckpointChoice choice) {
    if (!storage.status(path).isDirectory()) {
      return new VectorSource(
          VectorFile.read(storage, path).vectors(), path.toString(), Optional.empty());
    }
    TrainedVectors trained = TrainedVectors.open(storage, path, choice);
    long round = trained.checkpoint().round();
    return new VectorSource(
        trained.vectors(), "%s, round %d".formatted(path, round), Optional.of(round));
  }
}
