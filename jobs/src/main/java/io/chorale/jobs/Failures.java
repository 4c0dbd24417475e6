package io.chorale.jobs;

import io.chorale.config.ChoraleException;
import io.chorale.config.SettingsException;
import java.io.PrintWriter;

/** What a failed command says, and its exit code. */
final class Failures {
  private Failures() {}

  /**
   * Prints what the user needs to know: the message alone of a failure that explains itself, also
   * where it happened on an executor and Spark wrapped it; the stack trace of any other.
   *
   * @return the exit code
   */
  static int report(Throwable failure, PrintWriter err) {
    if (shuttingDown()) {
      // Ctrl-C: Spark has been stopped under the command, whatever it says about that is noise.
      err.println("Interrupted.");
      err.flush();
      return Main.INTERRUPTED;
    }
    ChoraleException explained = explained(failure);
    if (explained != null) {
      err.println(explained.getMessage());
    } else {
      err.println("Unexpected failure; please report it with what follows.");
      failure.printStackTrace(err);
    }
    err.flush();
    return explained instanceof SettingsException ? Main.WRONG_USE : Main.FAILED;
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
