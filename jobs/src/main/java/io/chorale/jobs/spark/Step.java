package io.chorale.jobs.spark;

import io.chorale.jobs.console.Progress;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * A step of a job: what runs until its end bears its name in Spark's own displays, and the user
 * reads how far it is and what it came to.
 */
public final class Step implements AutoCloseable {
  private final JavaSparkContext context;
  private final Progress progress;

  /**
   * Begins a step of which it is known how much there is to do.
   *
   * @param say prints a line
   * @param name such as "Encoding 12 files"
   * @param told how much has been done and how fast, for people
   * @param done how much of all has been done
   */
  public Step(
      JavaSparkContext context,
      Consumer<String> say,
      String name,
      Supplier<String> told,
      LongSupplier done,
      long all) {
    this.context = context;
    this.progress =
        new Progress(say, name, told, () -> all == 0 ? 0 : (double) done.getAsLong() / all);
    context.setJobGroup(name, name);
  }

  /** Says what the step came to. */
  public void finish(String result) {
    progress.finish(result);
  }

  @Override
  public void close() {
    progress.close();
    if (!context.sc().isStopped()) {
      context.clearJobGroup();
    }
  }
}
