package io.chorale.jobs.console;

import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/**
 * The progress of one step of a job: a plain line every few seconds with what is done and what
 * remains, and one at the end.
 */
public final class Progress implements AutoCloseable {
  private static final int SECONDS = 5;

  private final String step;
  private final Consumer<String> say;
  private final Supplier<String> done;
  private final DoubleSupplier share;
  private final long start = System.nanoTime();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "progress");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * Begins a step.
   *
   * @param say prints a line
   * @param step such as "counting documents"
   * @param done how much has been done and how fast, for people
   * @param share of the work that has been done, from 0 to 1
   */
  public Progress(Consumer<String> say, String step, Supplier<String> done, DoubleSupplier share) {
    this.say = say;
    this.step = step;
    this.done = done;
    this.share = share;
    Future<?> unused = timer.scheduleAtFixedRate(this::report, SECONDS, SECONDS, TimeUnit.SECONDS);
  }

  /** Seconds since the step began. */
  double seconds() {
    return (System.nanoTime() - start) / 1e9;
  }

  /** Ends the step. */
  @Override
  public void close() {
    timer.shutdownNow();
  }

  /** Says what the step came to. */
  public void finish(String result) {
    close();
    say.accept("%s: %s in %s".formatted(step, result, duration(seconds())));
  }

  private void report() {
    double part = Math.min(1, share.getAsDouble());
    String left = part > 0 ? ", %s left".formatted(duration(seconds() * (1 - part) / part)) : "";
    say.accept(String.format(Locale.ROOT, "%s: %.0f %%, %s%s", step, 100 * part, done.get(), left));
  }

  /** 4.2 s, 3 min 05 s, 2 h 07 min. */
  public static String duration(double seconds) {
    if (seconds < 60) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    long whole = Math.round(seconds);
    return whole < 3600
        ? "%d min %02d s".formatted(whole / 60, whole % 60)
        : "%d h %02d min".formatted(whole / 3600, whole % 3600 / 60);
  }

  /** 1,234,567. */
  public static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** 1.2 MB: a million bytes each. */
  public static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%,.1f MB", bytes / 1e6);
  }

  /** 1.2 MB/s. */
  public static String speed(long bytes, double seconds) {
    return String.format(Locale.ROOT, "%,.1f MB/s", bytes / 1e6 / Math.max(seconds, 1e-3));
  }
}
