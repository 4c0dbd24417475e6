package io.chorale.jobs.console;

import java.util.Locale;

/** Counts, bytes and times as people read them, and bytes as Spark's settings take them. */
public final class Amounts {
  private static final long MEBI = 1L << 20;
  private static final String[] UNITS = {"kB", "MB", "GB", "TB", "PB"};

  private Amounts() {}

  /** Such as "1,234,567". */
  public static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

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
    return String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
  }

  /** Such as "3.2 MB/s". */
  public static String speed(long bytes, double seconds) {
    return bytes((long) (bytes / Math.max(seconds, 1e-3))) + "/s";
  }

  /** Such as "4.2 s", "3 min 05 s" or "2 h 07 min". */
  public static String duration(double seconds) {
    if (seconds < 59.95) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    long whole = Math.round(seconds);
    return whole < 3600
        ? String.format(Locale.ROOT, "%d min %02d s", whole / 60, whole % 60)
        : String.format(Locale.ROOT, "%d h %02d min", whole / 3600, whole % 3600 / 60);
  }

  /** Such as "1280m": rounded up to 64 MiB. */
  public static String setting(long bytes) {
    long steps = (bytes + 64 * MEBI - 1) / (64 * MEBI);
    return 64 * steps + "m";
  }
}
