package io.chorale.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.chorale.io.OwnDirectory;
import io.chorale.io.Storage;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * The curves of a run as TensorBoard draws them: a directory with one event file a round.
 *
 * <p>Not one that grows: object stores cannot append, and a TensorBoard that holds a file open does
 * not see that another has taken its place. It reads the files of a directory in their order.
 */
public final class TensorBoardEvents {
  /** The directory in that of a run. */
  public static final String DIRECTORY = "tensorboard";

  /** TensorBoard reads what is named so; equally many digits let names stand in order. */
  private static final String NAME = "events.out.tfevents.%08d.chorale";

  private static final Pattern NAMED =
      Pattern.compile("events\\.out\\.tfevents\\.(\\d{8,18})\\.chorale");

  private final Storage storage;
  private final OwnDirectory run;
  private final Path directory;

  /** Those of the run in that directory. */
  public TensorBoardEvents(Storage storage, Path run) {
    this.storage = storage;
    this.run = new OwnDirectory(storage, run);
    this.directory = new Path(this.run.path(), DIRECTORY);
  }

  /**
   * A training goes on behind a round: later ones have not been.
   *
   * @param round the last committed one
   */
  public void forgetAfter(long round) {
    run.deleteLeftovers(directory);
    files()
        .forEach(
            (told, file) -> {
              if (told > round) {
                run.delete(file.getPath());
              }
            });
  }

  /** Writes the files of those rounds that have none, or one that another version has written. */
  public void complete(List<JsonNode> lines) {
    Map<Long, FileStatus> files = files();
    for (JsonNode line : lines) {
      FileStatus file = files.get(line.path("round").asLong());
      if (file == null || file.getLen() != EventFile.of(line).length) {
        write(line);
      }
    }
  }

  /**
   * Writes the file of a round.
   *
   * @param line of {@code metrics.jsonl}
   */
  public void write(JsonNode line) {
    Path file = new Path(directory, NAME.formatted(line.path("round").asLong()));
    run.checkWritable(file);
    storage.publish(file, EventFile.of(line));
  }

  /** By their rounds. */
  private Map<Long, FileStatus> files() {
    Map<Long, FileStatus> files = new TreeMap<>();
    if (storage.exists(directory)) {
      for (FileStatus found : storage.list(directory)) {
        Matcher named = NAMED.matcher(found.getPath().getName());
        if (named.matches()) {
          files.put(Long.parseLong(named.group(1)), found);
        }
      }
    }
    return files;
  }
}
