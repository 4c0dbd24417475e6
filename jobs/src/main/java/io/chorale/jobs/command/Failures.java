package io.chorale.jobs.command;

import io.chorale.config.ChoraleException;
import io.chorale.config.SettingsException;
import io.chorale.jobs.console.ExitCode;
import java.io.PrintWriter;

/** What a failed command says, and its exit code. */
final class Failures {
  private Failures() {}

  /**
   * Prints what the user needs to know: the message alone of a failure that explains itself, also
   * where it happened on an executor and Spark wrapped it; the stack trace of any other, but for a
   * machine that is too small.
   *
   * @return the exit code
   */
  static int report(Throwable failure, PrintWriter err) {
    if (shuttingDown()) {
      // Ctrl-C: Spark has been stopped under the command, whatever it says about that is noise.
      err.println("Interrupted.");
      err.flush();
      return ExitCode.INTERRUPTED;
    }
    ChoraleException explained = explained(failure);
    if (explained == null) {
      explained = exhausted(failure);
    }
    if (explained != null) {
      err.println(explained.getMessage());
    } else {
      err.println("Unexpected failure; please report it with what follows.");
      failure.printStackTrace(err);
    }
    err.flush();
    return explained instanceof SettingsException ? ExitCode.WRONG_USE : ExitCode.FAILED;
  }

  /** The outermost cause that explains itself, or null. */
  static ChoraleException explained(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ChoraleException explained) {
        return explained;
      }
    }
    return null;
  }

  /** A machine that is too small, in the words of the user; null for any other failure. */
  private static ChoraleException exhausted(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String found = String.valueOf(cause.getMessage());
      if (cause instanceof OutOfMemoryError || found.contains("java.lang.OutOfMemoryError")) {
        return new ChoraleException(
            "Cannot go on: the Java heap is full, expected room for the model and the data. Raise"
                + " CHORALE_DRIVER_MEMORY (or spark.executor.memory on a cluster), or lower the"
                + " size of the model.",
            failure);
      }
      // As libtorch puts it.
      if (found.contains("can't allocate memory")) {
        return new ChoraleException(
            "Cannot go on: this machine's memory is full, expected room for the activations. Lower"
                + " train.batch or the size of the model, or run fewer workers on a machine.",
            failure);
      }
      // Chorale's own files are named where they fail.
      if (found.contains("No space left on device")) {
        return new ChoraleException(
            "Cannot write Spark's temporary files: no space left on device, expected room for what"
                + " is shuffled. Free space in spark.local.dir (by default java.io.tmpdir, %s)."
                    .formatted(System.getProperty("java.io.tmpdir")),
            failure);
      }
      if (found.contains("ExecutorLostFailure")
          || found.contains("Master removed our application")) {
        return new ChoraleException(
            ("Cannot go on: executors end again and again (%s), expected them to stay. Read what they"
                    + " wrote last, in the logs of Spark's workers; if they were killed for memory"
                    + " (code 137), raise spark.executor.memoryOverhead or run fewer of them on a"
                    + " machine. Then run the same command again.")
                .formatted(lastReason(found)),
            failure);
      }
    }
    return null;
  }

  /** What Spark says last about the failed attempts of a task. */
  private static String lastReason(String found) {
    String line = found.lines().findFirst().orElse("");
    return line.substring(Math.max(0, line.lastIndexOf("Reason: "))).replace("Reason: ", "");
  }

  private static boolean shuttingDown() {
    Thread probe = new Thread();
    try {
      Runtime.getRuntime().addShutdownHook(probe);
      Runtime.getRuntime().removeShutdownHook(probe);
      return false;
    } catch (IllegalStateException e) {
      return true;
    }
  }
}
