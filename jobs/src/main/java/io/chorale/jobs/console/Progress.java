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
  private final Stopwatch watch = new Stopwatch();
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

  /** Ends the step. */
  @Override
  public void close() {
    timer.shutdownNow();
  }

  /** Says what the step came to. */
  public void finish(String result) {
    close();
    say.accept("%s: %s in %s".formatted(step, result, Amounts.duration(watch.total())));
  }

  private void report() {
    double part = Math.min(1, share.getAsDouble());
    String left =
        part > 0 ? ", %s left".formatted(Amounts.duration(watch.total() * (1 - part) / part)) : "";
    say.accept(String.format(Locale.ROOT, "%s: %.0f %%, %s%s", step, 100 * part, done.get(), left));
  }
}
