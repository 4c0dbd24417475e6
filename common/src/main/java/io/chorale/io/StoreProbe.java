package io.chorale.io;

import io.chorale.config.ChoraleException;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import org.apache.hadoop.fs.Path;

/**
 * Finds out what a file system does by trying it, in a directory where files may be written for a
 * moment; leaves none.
 */
public record StoreProbe(Storage storage, Path directory) {
  private static final byte[] FIRST = {'1'};

  /**
   * Tries what {@link Storage#publishNew} stands on: of two writers that begin one file before
   * either ends, the second to end must be refused.
   *
   * @return false where it replaces what the first one wrote
   * @throws ChoraleException where nothing can be written
   */
  public boolean refusesSecond() {
    Path file = hidden("probe");
    try {
      FileWriter writer = storage.writer(file);
      Storage.Content second =
          out -> {
            out.write('2');
            writer.write(file, inner -> inner.write(FIRST), false);
          };
      writer.write(file, second, false);
      return false;
    } catch (IOException e) {
      if (!storage.holds(file, FIRST)) {
        throw Storage.failure("write", file, e);
      }
      return true;
    } finally {
      storage.deleteRecursively(file);
    }
  }

  /**
   * The time by the clock of the file system, which all machines share; empty where it has none.
   */
  public Optional<Instant> time() {
    Path file = hidden("time");
    try {
      storage.publish(file, new byte[] {'\n'});
      return written(file);
    } finally {
      storage.deleteRecursively(file);
    }
  }

  /** When a file was written, by the clock of the file system; empty where it has none. */
  public Optional<Instant> written(Path file) {
    long millis = storage.status(file).getModificationTime();
    return millis > 0 ? Optional.of(Instant.ofEpochMilli(millis)) : Optional.empty();
  }

  private Path hidden(String name) {
    return Hidden.beside(new Path(directory, name), Hidden.FILE);
  }
}
