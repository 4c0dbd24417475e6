package io.chorale.vectors;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Spells float32 numbers as other languages print them. */
final class FloatText {
  /** Significant digits that tell any two float32 numbers apart. */
  private static final int ENOUGH = 9;

  private static final double[] POWERS = new double[23];

  static {
    POWERS[0] = 1;
    for (int i = 1; i < POWERS.length; i++) {
      POWERS[i] = 10 * POWERS[i - 1];
    }
  }

  private FloatText() {}

  /**
   * The fewest digits that read back as the same float32, as Python's numpy prints it: {@code 0.1},
   * {@code 1e-05}, {@code 100.0}. The number must be finite.
   */
  static void shortest(float value, StringBuilder into) {
    float size = sign(value, into);
    if (size == 0) {
      into.append("0.0");
      return;
    }
    int count = ENOUGH - 1;
    long digits = reading(size, count);
    if (digits == 0) {
      digits = digits(size, ++count);
    } else {
      for (long fewer; count > 1 && (fewer = reading(size, count - 1)) != 0; count--) {
        digits = fewer;
      }
    }
    int exponent = exponent(size);
    if (digits == pow(count)) {
      exponent++;
    }
    String spelt = withoutZeros(Long.toString(digits));
    if (size < 1e-4 || size >= 1e16) {
      scientific(spelt, exponent, into);
    } else {
      plain(spelt, exponent, into);
      if (exponent >= spelt.length() - 1) {
        into.append(".0");
      }
    }
  }

  /**
   * So many significant digits at most, as C++ prints it with that precision: {@code 0.1}, {@code
   * 1e-05}, {@code 100}. The number must be finite.
   *
   * @param count from 1 to 9
   */
  static void significant(float value, int count, StringBuilder into) {
    float size = sign(value, into);
    if (size == 0) {
      into.append('0');
      return;
    }
    long digits = digits(size, count);
    int exponent = exponent(size);
    if (digits == pow(count)) {
      exponent++;
    }
    String spelt = withoutZeros(Long.toString(digits));
    if (exponent < -4 || exponent >= count) {
      scientific(spelt, exponent, into);
    } else {
      plain(spelt, exponent, into);
    }
  }

  private static float sign(float value, StringBuilder into) {
    if (Float.floatToRawIntBits(value) < 0) {
      into.append('-');
    }
    return Math.abs(value);
  }

  /** The digits, so many, that read back as the number; 0 where none do. */
  private static long reading(float size, int count) {
    long nearest = digits(size, count);
    int power = exponent(size) - count + 1;
    // Above a power of two the numbers lie wider apart: there the next digit may do.
    for (long digits = nearest; digits <= nearest + 1; digits++) {
      if (Float.parseFloat(digits + "e" + power) == size) {
        return digits;
      }
    }
    return 0;
  }

  /** The number over 10^(exponent - count + 1), rounded: half to even, by its exact value. */
  private static long digits(float size, int count) {
    int power = count - 1 - exponent(size);
    if (Math.abs(power) < POWERS.length) {
      double scaled = power >= 0 ? size * POWERS[power] : size / POWERS[-power];
      // One rounding: less than 1e-6 off, as there are at most nine digits.
      if (Math.abs(scaled - Math.floor(scaled) - 0.5) > 1e-6) {
        return (long) Math.rint(scaled);
      }
    }
    return new BigDecimal(size)
        .scaleByPowerOfTen(power)
        .setScale(0, RoundingMode.HALF_EVEN)
        .longValueExact();
  }

  /** The power of ten of the first digit. */
  private static int exponent(float size) {
    int guess = (int) Math.floor(Math.log10(size));
    boolean near = Math.abs(Math.log10(size) - Math.rint(Math.log10(size))) < 1e-6;
    if (!near) {
      return guess;
    }
    BigDecimal exact = new BigDecimal(size, MathContext.UNLIMITED);
    return exact.precision() - exact.scale() - 1;
  }

  private static long pow(int count) {
    return (long) POWERS[count];
  }

  private static String withoutZeros(String digits) {
    int end = digits.length();
    while (end > 1 && digits.charAt(end - 1) == '0') {
      end--;
    }
    return digits.substring(0, end);
  }

  private static void plain(String digits, int exponent, StringBuilder into) {
    if (exponent < 0) {
      into.append("0.").append("0".repeat(-exponent - 1)).append(digits);
    } else if (exponent >= digits.length() - 1) {
      into.append(digits).append("0".repeat(exponent + 1 - digits.length()));
    } else {
      into.append(digits, 0, exponent + 1)
          .append('.')
          .append(digits, exponent + 1, digits.length());
    }
  }

  private static void scientific(String digits, int exponent, StringBuilder into) {
    into.append(digits.charAt(0));
    if (digits.length() > 1) {
      into.append('.').append(digits, 1, digits.length());
    }
    into.append(exponent < 0 ? "e-" : "e+");
    int size = Math.abs(exponent);
    into.append(size < 10 ? "0" : "").append(size);
  }
}
