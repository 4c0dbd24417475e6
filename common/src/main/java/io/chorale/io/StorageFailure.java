package io.chorale.io;

import io.chorale.config.ChoraleException;
import java.io.File;
import java.io.FileNotFoundException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.Path;

/** Says in words what is wrong with a file, and what the user can do about it. */
final class StorageFailure {
  private static final String NONE = "there is no such file or directory";

  private static final Pattern REASON = Pattern.compile(" \\(([^()]+)\\)$");

  private StorageFailure() {}

  static ChoraleException of(String verb, Path path, Exception cause) {
    String found = found(cause);
    String advice = "Check the path, its permissions and the free space.";
    if (found.equals(NONE)) {
      found = absence(path);
      advice = "Check the path.";
    } else if (found.contains("No space left") || withoutPath(found, path).contains("quota")) {
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

  /** What was found, without the name of the file where the system repeats it. */
  static String withoutPath(String found, Path path) {
    return found.replace(path.toString(), "").replace(path.toUri().getPath(), "");
  }

  /** What went wrong, in one line: a server's stack trace may follow it. */
  static String found(Exception cause) {
    String message =
        cause.getMessage() == null
            ? cause.toString()
            : cause.getMessage().strip().lines().findFirst().orElse(cause.toString());
    if (cause instanceof NoSuchFileException) {
      return NONE;
    }
    if (cause instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (cause instanceof FileSystemException refused && refused.getReason() != null) {
      return refused.getReason();
    }
    if (cause instanceof FileNotFoundException) {
      // Of local files Java says so whatever the system's reason, which it appends.
      Matcher reason = REASON.matcher(message);
      return !reason.find() || reason.group(1).startsWith("No such file") ? NONE : reason.group(1);
    }
    return message;
  }

  private static String strip(String sentence) {
    String text = sentence.strip();
    return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
  }
}
