package io.chorale.jobs.console;

/** Bytes as people read them, and as Spark's settings take them. */
public final class Amounts {
  private static final long MEBI = 1L << 20;
  private static final String[] UNITS = {"kB", "MB", "GB", "TB", "PB"};

  private Amounts() {}

  /** Such as "3.2 MB"; decimal units. */
  public static String bytes(long bytes) {
    if (bytes < 1000) {
      return bytes + " B";
    }
    double value = bytes / 1000.0;
    int unit = 0;
    while (value >= 999.95 && unit < UNITS.length - 1) {
      value /= 1000;
      unit++;
    }
    return "%.1f %s".formatted(value, UNITS[unit]);
  }

  /** Such as "1280m": rounded up to 64 MiB. */
  public static String setting(long bytes) {
    long steps = (bytes + 64 * MEBI - 1) / (64 * MEBI);
    return 64 * steps + "m";
  }
}
