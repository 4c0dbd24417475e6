package io.chorale.io;

import io.chorale.config.ChoraleException;
import java.io.File;
import java.io.FileNotFoundException;
import java.util.Optional;
import org.apache.hadoop.fs.Path;

/** What went wrong with a file, and what the user can do about it. */
final class StorageFailure {
  private StorageFailure() {}

  static ChoraleException of(String verb, Path path, Exception cause) {
    String found = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    String advice = "Check the path, its permissions and the free space.";
    // Local files say so, too, where the permission is missing or a directory is there.
    boolean there = found.contains("Permission denied") || found.contains("Is a directory");
    if (cause instanceof FileNotFoundException && !there) {
      found = absence(path);
      advice = "Check the path.";
    } else if (found.contains("No space left") || found.contains("quota")) {
      advice = "Free space there, then run again.";
    }
    return new ChoraleException(
        "Cannot %s %s: %s. %s".formatted(verb, path, strip(found), advice), cause);
  }

  /** Why nothing is found there: {@code there is no such file or directory}. */
  static String absence(Path path) {
    String scheme = path.toUri().getScheme();
    Optional<java.nio.file.Path> target =
        scheme == null || scheme.equals("file")
            ? RegularFiles.missingTarget(new File(path.toUri().getPath()))
            : Optional.empty();
    return target
        .map(to -> "it is a link to " + to + ", where there is nothing")
        .orElse("there is no such file or directory");
  }

  private static String strip(String sentence) {
    String text = sentence.strip();
    return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
  }
}
