package io.chorale.corpus;

import java.util.OptionalDouble;

/** Numbers as files write them, and people. */
public final class Reals {
  private Reals() {}

  /**
   * A number in decimal digits, rounded to what is stored; not finite where it is too large, or
   * written {@code NaN} or {@code Infinity}.
   *
   * @return nothing where it is no number
   */
  public static OptionalDouble parse(String text) {
    for (int i = 0; i < text.length(); i++) {
      // Java's own numbers may be hexadecimal, or end in f.
      if ("+-.0123456789eE".indexOf(text.charAt(i)) < 0) {
        return notFinite(text);
      }
    }
    try {
      return OptionalDouble.of(Float.parseFloat(text));
    } catch (NumberFormatException e) {
      return OptionalDouble.empty();
    }
  }

  private static OptionalDouble notFinite(String text) {
    int sign = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
    String name = text.substring(sign);
    if (name.equalsIgnoreCase("nan")) {
      return OptionalDouble.of(Double.NaN);
    }
    boolean infinite = name.equalsIgnoreCase("inf") || name.equalsIgnoreCase("infinity");
    return infinite ? OptionalDouble.of(Double.POSITIVE_INFINITY) : OptionalDouble.empty();
  }
}
