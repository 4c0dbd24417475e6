package io.chorale.embed;

import io.chorale.checkpoint.CheckpointChoice;
import io.chorale.config.ChoraleException;
import io.chorale.io.Storage;
import io.chorale.vectors.VectorFile;
import io.chorale.vectors.WordVectors;
import org.apache.hadoop.fs.Path;

/**
 * Word vectors from where a user has them: a run or a file.
 *
 * @param name of the place, for people
 */
public record VectorSource(WordVectors vectors, String name) {
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
      return new VectorSource(VectorFile.read(storage, path).vectors(), path.toString());
    }
    TrainedVectors trained = TrainedVectors.open(storage, path, choice);
    return new VectorSource(
        trained.vectors(), "%s, round %d".formatted(path, trained.checkpoint().round()));
  }
}
