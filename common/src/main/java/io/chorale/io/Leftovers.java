package io.chorale.io;

import io.chorale.config.ChoraleException;
import java.util.function.BooleanSupplier;
import org.apache.hadoop.fs.Path;

/** Deletes what a failed run has written while its last tasks may still write for a moment. */
final class Leftovers {
  private static final int ATTEMPTS = 20;
  private static final int MILLISECONDS = 300;

  private Leftovers() {}

  /**
   * Deletes until it stays deleted.
   *
   * @param thing what it is, for messages
   * @param remains whether there is something to delete
   * @throws ChoraleException where tasks write for longer than that
   */
  static void delete(String thing, Path path, BooleanSupplier remains, Runnable delete) {
    for (int attempt = 0; remains.getAsBoolean(); attempt++) {
      if (attempt == ATTEMPTS) {
        throw new ChoraleException(
            "Cannot discard %s %s: files appear in it again and again, expected the tasks of this run to have ended. Delete it when they have."
                .formatted(thing, path));
      }
      delete.run();
      try {
        Thread.sleep(MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
