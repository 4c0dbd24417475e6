package io.chorale.jobs.spark;

import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * The end of broadcasts: without it they would stay on the executors until the driver's heap is
 * full.
 */
public final class Broadcasts {
  private Broadcasts() {}

  /**
   * Frees a broadcast everywhere, to be used no more.
   *
   * @param broadcast null where there is none
   */
  public static void destroy(JavaSparkContext spark, Broadcast<?> broadcast) {
    // Where the application has ended, for whatever reason, nothing of it is left.
    if (broadcast != null && !spark.sc().isStopped()) {
      broadcast.destroy();
    }
  }
}
