package io.chorale.jobs.command;

import io.chorale.config.ChoraleException;
import io.chorale.config.SettingsException;
import io.chorale.jobs.console.Amounts;
import io.chorale.jobs.console.ExitCode;
import java.io.PrintWriter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Turns the failure of a command into a message and an exit code. */
final class Failures {
  /** Where a task failed, as Spark puts it; in local mode that is "driver". */
  private static final Pattern EXECUTOR =
      Pattern.compile("\\(TID [0-9]+\\) \\(\\S+ executor (?!driver)(\\w+)\\)");

  private static final Pattern FULL_GPU =
      Pattern.compile(
          "CUDA out of memory\\. (Tried to allocate [0-9.]+ \\w+)\\. (GPU \\d+ has a total capacity"
              + " of [0-9.]+ \\w+ of which [0-9.]+ \\w+ is free)");

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
      // Spark has been stopped under the command, whatever it says about that is noise.
      return ExitCode.INTERRUPTED;
    }
    ChoraleException explained = inWords(failure);
    if (explained != null) {
      err.println(explained.getMessage());
    } else {
      err.println("Unexpected failure; please report it with what follows.");
      failure.printStackTrace(err);
    }
    err.flush();
    return explained instanceof SettingsException ? ExitCode.WRONG_USE : ExitCode.FAILED;
  }

  /** What the user is told of a failure, in one text. */
  static String told(Throwable failure) {
    ChoraleException explained = inWords(failure);
    return explained == null ? "unexpected failure: " + failure : explained.getMessage();
  }

  /** The failure in the words of the user; null where nobody has any. */
  private static ChoraleException inWords(Throwable failure) {
    ChoraleException explained = explained(failure);
    return explained == null ? exhausted(failure) : explained;
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
      if (is(OutOfMemoryError.class, cause, found)) {
        return new ChoraleException(fullHeap(executor(found)), failure);
      }
      if (is(StackOverflowError.class, cause, found)) {
        return new ChoraleException(
            "Cannot go on: the stack of a thread is full, expected input that is not nested so"
                + " deeply. Raise it, -Xss8m in "
                + (executor(found) == null
                    ? "JDK_JAVA_OPTIONS (spark.driver.extraJavaOptions)"
                    : "spark.executor.extraJavaOptions")
                + ", or simplify what is nested.",
            failure);
      }
      // As libtorch puts it.
      if (found.contains("can't allocate memory")) {
        return new ChoraleException(
            "Cannot go on: this machine's memory is full, expected room for the activations. Lower"
                + " train.batch or the size of the model, or run fewer workers on a machine.",
            failure);
      }
      // As its allocator of GPU memory puts it.
      if (found.contains("CUDA out of memory")) {
        return new ChoraleException(
            ("Cannot go on: the GPU's memory is full (%s), expected room for every worker that"
                    + " computes on it. Lower train.batch, evaluate.batch or the size of the model,"
                    + " or run fewer workers at once on a GPU; \"chorale plan\" says what one takes.")
                .formatted(fullGpu(found)),
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
                    + " machine; if their Java heap was full (code 52), raise spark.executor.memory."
                    + " Then run the same command again.")
                .formatted(lastReason(found)),
            failure);
      }
    }
    return null;
  }

  private static boolean is(Class<? extends Error> kind, Throwable cause, String found) {
    return kind.isInstance(cause) || found.contains(kind.getName());
  }

  /** The executor of a cluster whose task failed; null where it was in this process. */
  private static String executor(String found) {
    Matcher executor = EXECUTOR.matcher(found);
    return executor.find() ? executor.group(1) : null;
  }

  private static String fullHeap(String executor) {
    return executor == null
        ? ("Cannot go on: the Java heap is full (%s), expected room for the model and the data. Raise"
                + " CHORALE_DRIVER_MEMORY (spark.driver.memory), or lower the size of the model or of"
                + " the longest document.")
            .formatted(Amounts.bytes(Runtime.getRuntime().maxMemory()))
        : ("Cannot go on: the Java heap of executor %s is full, expected room for the model and the"
                + " data. Raise spark.executor.memory, or lower spark.executor.cores, the size of the"
                + " model or of the longest document.")
            .formatted(executor);
  }

  /** The figures of libtorch's message: what was asked for, and what is free of how much. */
  private static String fullGpu(String found) {
    Matcher figures = FULL_GPU.matcher(found);
    return figures.find() ? figures.group(1) + ", " + figures.group(2) : "CUDA out of memory";
  }

  /** What Spark says last about the failed attempts of a task. */
  private static String lastReason(String found) {
    String line = found.lines().findFirst().orElse("");
    return line.substring(Math.max(0, line.lastIndexOf("Reason: "))).replace("Reason: ", "");
  }

  /** Whether the process is about to end. */
  static boolean shuttingDown() {
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
