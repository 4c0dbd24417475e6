package io.chorale.jobs.source;

import io.chorale.config.ChoraleException;
import io.chorale.config.SettingsException;
import java.io.FileNotFoundException;
import java.util.List;
import java.util.function.Predicate;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.AnalysisException;

/** What Spark's exceptions say, in the words of the user. */
final class SparkFailure {
  /** Conditions of a table that is no longer what it was when it was opened. */
  private static final List<String> CHANGED =
      List.of("FAILED_READ_FILE.FILE_NOT_EXIST", "INCOMPATIBLE_TABLE_CHANGE_AFTER_ANALYSIS");

  /** The exception of Iceberg for a file that is gone; its class is not on every class path. */
  private static final String NOT_FOUND = "org.apache.iceberg.exceptions.NotFoundException";

  private SparkFailure() {}

  /**
   * The failure to open what is read.
   *
   * @param told what is read, as messages name it
   * @param expected what was expected, and what to do
   */
  static RuntimeException refused(String told, String expected, Exception failure) {
    if (failure instanceof ChoraleException known) {
      return known;
    }
    return new SettingsException(
        "Cannot read %s: %s, expected %s".formatted(told, found(failure), expected), failure);
  }

  /** The failure to read, of which a part may have been read already. */
  static RuntimeException broken(String told, Exception failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ChoraleException known) {
        return known;
      }
      if (changed(cause)) {
        return new ChoraleException(
            "Cannot read %s: it changed while it was read (%s), expected it to stay. Run again; of a table with snapshots keep them longer."
                .formatted(told, found(cause)),
            failure);
      }
    }
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return new ChoraleException(
        "Cannot read %s: %s, expected rows that can all be read. Correct it, then run again."
            .formatted(told, found(failure) + (root == failure ? "" : ": " + found(root))),
        failure);
  }

  private static boolean changed(Throwable cause) {
    return cause instanceof FileNotFoundException
        || cause.getClass().getName().equals(NOT_FOUND)
        || cause instanceof SparkThrowable spark && CHANGED.stream().anyMatch(begins(spark));
  }

  private static Predicate<String> begins(SparkThrowable spark) {
    String condition = spark.getCondition();
    return known -> condition != null && condition.startsWith(known);
  }

  /** The first line of its message; Spark's go on with plans and stack traces. */
  static String found(Throwable failure) {
    String message =
        failure instanceof AnalysisException analysis && analysis.message() != null
            ? analysis.message()
            : String.valueOf(failure.getMessage());
    String first =
        message.lines().map(String::strip).filter(line -> !line.isEmpty()).findFirst().orElse("");
    return ChoraleException.readable(
        first.isEmpty() ? failure.toString() : first.replaceAll("[.]$", ""));
  }
}
