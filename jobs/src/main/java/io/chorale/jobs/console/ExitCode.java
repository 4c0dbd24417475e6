package io.chorale.jobs.console;

/** The exit codes of the process. */
public final class ExitCode {
  public static final int DONE = 0;

  public static final int FAILED = 1;

  /** Wrong use, or bad settings. */
  public static final int WRONG_USE = 2;

  /** By Ctrl-C, as shells count it. */
  public static final int INTERRUPTED = 130;

  private ExitCode() {}
}
