package io.chorale.io;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.FileSystemException;
import java.util.Locale;
import java.util.Set;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.ParentNotDirectoryException;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.security.AccessControlException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does again what storage has refused, a few times with growing pauses (about two seconds in all):
 * a restarted name node or a dropped connection must not end a training. What another attempt
 * cannot mend is not tried again.
 */
final class Retry {
  private static final Logger LOG = LoggerFactory.getLogger(Storage.class);
  private static final int ATTEMPTS = 4;
  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final int GROWTH = 4;

  /** As operating systems and HDFS put it. */
  private static final Set<String> HOPELESS =
      Set.of("no space left", "quota", "permission denied", "read-only file system");

  private Retry() {}

  /** What may be done again from its begin. */
  @FunctionalInterface
  interface Action {
    void run() throws IOException;
  }

  /** What may be asked again. */
  @FunctionalInterface
  interface Question<T> {
    T ask() throws IOException;
  }

  /**
   * Runs an action until it succeeds.
   *
   * @param verb what it does, for the log: "write"
   * @throws IOException of the last attempt
   */
  static void run(String verb, Path path, Action action) throws IOException {
    ask(
        verb,
        path,
        () -> {
          action.run();
          return null;
        });
  }

  /** As {@link #run}; returns the answer. */
  static <T> T ask(String verb, Path path, Question<T> question) throws IOException {
    long pause = FIRST_PAUSE_MILLIS;
    for (int attempt = 1; ; attempt++) {
      try {
        return attempt(question);
      } catch (IOException e) {
        if (attempt == ATTEMPTS || isHopeless(path, e)) {
          throw e;
        }
        LOG.warn(
            "Could not {} {}: {}. Trying again in {} ms ({} of {}).",
            verb,
            path,
            e.getMessage() == null ? e : e.getMessage(),
            pause,
            attempt + 1,
            ATTEMPTS);
        sleep(pause, e);
        pause *= GROWTH;
      }
    }
  }

  private static <T> T attempt(Question<T> question) throws IOException {
    try {
      return question.ask();
    } catch (FSError e) {
      throw plain(e);
    }
  }

  /** The exception that is meant: Hadoop reports in an error what a local disk has refused. */
  static IOException plain(Throwable e) {
    if (e instanceof IOException plain) {
      return plain;
    }
    return e.getCause() instanceof IOException cause ? cause : new IOException(e);
  }

  private static void sleep(long millis, IOException why) throws IOException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      // A task that is being killed.
      Thread.currentThread().interrupt();
      throw why;
    }
  }

  private static boolean isHopeless(Path path, IOException e) {
    if (e instanceof FileNotFoundException
        || e instanceof FileAlreadyExistsException
        || e instanceof ParentNotDirectoryException
        || e instanceof AccessControlException
        || e instanceof ClosedByInterruptException
        || (e instanceof InterruptedIOException && !(e instanceof SocketTimeoutException))
        // Not the plain one, which is every other error of a local disk.
        || (e instanceof FileSystemException && e.getClass() != FileSystemException.class)) {
      return true;
    }
    String found =
        StorageFailure.withoutPath(String.valueOf(e.getMessage()), path).toLowerCase(Locale.ROOT);
    return HOPELESS.stream().anyMatch(found::contains);
  }
}
