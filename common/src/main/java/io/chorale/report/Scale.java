package io.chorale.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * An axis: which place of a drawing a value has, and where its ticks are.
 *
 * @param low value at {@code from}; of a logarithmic axis above 0
 * @param high value at {@code to}
 * @param log whether equal ways are equal ratios
 * @param ticks inside of it
 */
record Scale(double low, double high, boolean log, double from, double to, List<Tick> ticks) {
  private static final int MOST_DECADES = 6;

  record Tick(double value, String label) {}

  /**
   * An axis over some values.
   *
   * @param values those that are no finite numbers do not count, nor on a logarithmic axis those
   *     that are not above 0
   * @param room for how many ticks there is room, about
   */
  static Scale of(List<Double> values, boolean log, double from, double to, int room) {
    List<Double> shown =
        values.stream().filter(v -> Double.isFinite(v) && (!log || v > 0)).toList();
    double low = shown.stream().mapToDouble(v -> v).min().orElse(log ? 0.1 : 0);
    double high = shown.stream().mapToDouble(v -> v).max().orElse(1);
    return log ? logarithmic(low, high, from, to) : linear(low, high, from, to, room);
  }

  private static Scale linear(double low, double high, double from, double to, int room) {
    if (high - low <= 1e-9 * Math.max(Math.abs(low), Math.abs(high))) {
      double around = low == 0 ? 1 : Math.abs(low) * 0.1;
      return linear(low - around, high + around, from, to, room);
    }
    double step = step((high - low) / room);
    List<Tick> ticks = new ArrayList<>();
    for (long i = (long) Math.ceil(low / step - 1e-9); i <= Math.floor(high / step + 1e-9); i++) {
      ticks.add(new Tick(i * step, label(i * step, step)));
    }
    return new Scale(low, high, false, from, to, ticks);
  }

  /** The next larger one of 1, 2, 2.5 and 5 times a power of ten. */
  private static double step(double least) {
    double power = Math.pow(10, Math.floor(Math.log10(least)));
    for (double times : new double[] {1, 2, 2.5, 5}) {
      if (times * power >= least * (1 - 1e-9)) {
        return times * power;
      }
    }
    return 10 * power;
  }

  private static String label(double value, double step) {
    if (value == 0) {
      return "0";
    }
    if (step >= 1e6) {
      return label(value / 1e6, step / 1e6) + "M";
    }
    if (step >= 1e3) {
      return label(value / 1e3, step / 1e3) + "k";
    }
    if (step < 1e-3) {
      int exponent = (int) Math.floor(Math.log10(step) + 1e-9);
      String digits = Figures.of(value / Math.pow(10, exponent), 4);
      return digits.equals("1") ? Figures.power(exponent) : digits + "·" + Figures.power(exponent);
    }
    int decimals = 0;
    while (decimals < 4
        && Math.abs(Math.rint(step * Math.pow(10, decimals)) - step * Math.pow(10, decimals))
            > 1e-6) {
      decimals++;
    }
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }

  private static Scale logarithmic(double low, double high, double from, double to) {
    int first = (int) Math.floor(Math.log10(low) + 1e-9);
    int last = Math.max(first + 1, (int) Math.ceil(Math.log10(high) - 1e-9));
    int every = (last - first + MOST_DECADES - 1) / MOST_DECADES;
    List<Tick> ticks = new ArrayList<>();
    for (int exponent = first; exponent <= last; exponent += every) {
      ticks.add(new Tick(Math.pow(10, exponent), Figures.power(exponent)));
    }
    return new Scale(Math.pow(10, first), Math.pow(10, last), true, from, to, ticks);
  }

  /** Whether a value has a place. */
  boolean shows(double value) {
    return Double.isFinite(value) && (!log || value > 0);
  }

  /** The place of a value. */
  double at(double value) {
    double part =
        log
            ? (Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low))
            : (value - low) / (high - low);
    return from + part * (to - from);
  }
}
