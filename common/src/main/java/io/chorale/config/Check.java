package io.chorale.config;

/** Checks of single settings; each names the key, what it must be and what it is. */
final class Check {
  private Check() {}

  static void atLeast(String key, long value, long least) {
    that(value >= least, key, "at least " + least, value);
  }

  static void between(String key, long value, long least, long most) {
    that(value >= least && value <= most, key, "from " + least + " to " + most, value);
  }

  static void positive(String key, double value) {
    that(value > 0 && Double.isFinite(value), key, "above 0", value);
  }

  static void notNegative(String key, double value) {
    that(value >= 0 && Double.isFinite(value), key, "0 or more", value);
  }

  /** From 0 to below 1. */
  static void share(String key, double value) {
    that(value >= 0 && value < 1, key, "from 0 to below 1", value);
  }

  static void that(boolean holds, String key, String must, Object value) {
    if (!holds) {
      throw new SettingsException(key + " must be " + must + " (got: " + Shown.of(value) + ")");
    }
  }
}
