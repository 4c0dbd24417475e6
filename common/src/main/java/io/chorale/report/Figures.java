package io.chorale.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Numbers as people read them. */
final class Figures {
  private static final String SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

  private Figures() {}

  /** A number with that many digits that count; a dash where there is none. */
  static String of(double value, int digits) {
    if (!Double.isFinite(value)) {
      return "–";
    }
    if (value == 0) {
      return "0";
    }
    double size = Math.abs(value);
    if (size < 1e-3 || size >= 1e15) {
      String text = String.format(Locale.ROOT, "%." + (digits - 1) + "e", value);
      int e = text.indexOf('e');
      return new BigDecimal(text.substring(0, e)).stripTrailingZeros().toPlainString()
          + "·"
          + power(Integer.parseInt(text.substring(e + 1)));
    }
    BigDecimal rounded = new BigDecimal(value).round(new MathContext(digits)).stripTrailingZeros();
    return rounded.scale() <= 0
        ? String.format(Locale.ROOT, "%,d", rounded.longValue())
        : rounded.toPlainString();
  }

  /** A number in a table. */
  static String of(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? String.format(Locale.ROOT, "%,d", (long) value)
        : of(value, 5);
  }

  /** A share in percent, with three digits that count; no line ends within it. */
  static String percent(double share) {
    return of(100 * share, 3) + (Double.isFinite(share) ? "\u00a0%" : "");
  }

  /** A power of ten. */
  static String power(int exponent) {
    StringBuilder text = new StringBuilder("10");
    for (char c : Integer.toString(exponent).toCharArray()) {
      text.append(c == '-' ? '⁻' : SUPERSCRIPTS.charAt(c - '0'));
    }
    return text.toString();
  }

  /** A span of time. */
  static String seconds(double seconds) {
    if (!Double.isFinite(seconds)) {
      return "–";
    }
    if (seconds < 60) {
      return of(seconds, 3) + " s";
    }
    long whole = Math.round(seconds);
    if (whole < 3600) {
      return "%d min %d s".formatted(whole / 60, whole % 60);
    }
    return whole < 48 * 3600
        ? "%d h %d min".formatted(whole / 3600, whole % 3600 / 60)
        : "%d days %d h".formatted(whole / 86400, whole % 86400 / 3600);
  }

  /** A text, or its first characters where it is longer than that. */
  static String shortened(String text, int most) {
    return text.codePointCount(0, text.length()) <= most
        ? text
        : text.substring(0, text.offsetByCodePoints(0, most)) + "…";
  }

  /** A place in a drawing. */
  static String place(double value) {
    String text = String.format(Locale.ROOT, "%.1f", value);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }
}
