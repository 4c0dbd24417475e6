package io.chorale.jobs.console;

/** Wall-clock time, lap by lap. */
public final class Stopwatch {
  private final long begin = System.nanoTime();
  private long lapBegin = begin;

  /** Seconds since the last lap, or the start; begins the next lap. */
  public double lap() {
    long now = System.nanoTime();
    double seconds = (now - lapBegin) * 1e-9;
    lapBegin = now;
    return seconds;
  }

  /** Seconds since the start. */
  public double total() {
    return (System.nanoTime() - begin) * 1e-9;
  }
}
