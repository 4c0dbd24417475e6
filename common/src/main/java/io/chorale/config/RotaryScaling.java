package io.chorale.config;

import java.util.Map;
import java.util.Set;

/**
 * Rotary positions that turn more slowly, so that a model reads longer texts than it was first
 * trained on: all wavelengths alike (position interpolation, arXiv 2306.15595), or long ones alone,
 * as Llama 3.1 has it (arXiv 2407.21783).
 *
 * @param factor by which a wavelength grows
 * @param low wavelengths above context / low grow by the whole factor
 * @param high those below context / high stay; between the two it is mixed
 * @param context tokens of the texts of the first training; 0 where all wavelengths grow alike
 */
public record RotaryScaling(double factor, double low, double high, double context) {
  private static final String KEY = "attention.rotary-scaling";
  private static final String FACTOR = "factor";
  private static final String LOW = "low";
  private static final String HIGH = "high";
  private static final String CONTEXT = "context";
  private static final Set<String> ALIKE = Set.of(FACTOR);
  private static final Set<String> BY_LENGTH = Set.of(FACTOR, LOW, HIGH, CONTEXT);

  /** Of positions that turn as they are. */
  public static final RotaryScaling NONE = new RotaryScaling(1, 1, 1, 0);

  public RotaryScaling {
    Check.positive(KEY + "." + FACTOR, factor);
    Check.positive(KEY + "." + LOW, low);
    Check.positive(KEY + "." + HIGH, high);
    Check.notNegative(KEY + "." + CONTEXT, context);
    Check.that(
        context == 0 || high > low, KEY + "." + HIGH, "above " + KEY + "." + LOW + " " + low, high);
  }

  /** The scaling that the setting names. */
  static RotaryScaling of(Map<String, String> stated) {
    if (stated.isEmpty()) {
      return NONE;
    }
    Check.that(
        stated.keySet().equals(ALIKE) || stated.keySet().equals(BY_LENGTH),
        KEY,
        "empty, {factor: F} or {factor: F, low: L, high: H, context: C}",
        stated);
    return new RotaryScaling(
        number(stated, FACTOR, 1),
        number(stated, LOW, 1),
        number(stated, HIGH, 1),
        number(stated, CONTEXT, 0));
  }

  private static double number(Map<String, String> stated, String name, double otherwise) {
    String text = stated.get(name);
    if (text == null) {
      return otherwise;
    }
    boolean plain = text.matches("[0-9]{1,12}(\\.[0-9]{1,12})?");
    Check.that(plain, KEY + "." + name, "a number", text);
    return Double.parseDouble(text);
  }

  /** Whether only long wavelengths grow. */
  public boolean byLength() {
    return context > 0;
  }

  /**
   * A wavelength after scaling, over two pi as the one before it.
   *
   * @param wavelength positions in which a pair of units turns by one radian
   */
  public double scaled(double wavelength) {
    if (!byLength()) {
      return wavelength * factor;
    }
    double turns = context / (2 * Math.PI * wavelength);
    if (turns < low) {
      return wavelength * factor;
    }
    if (turns > high) {
      return wavelength;
    }
    double kept = (turns - low) / (high - low);
    return 1 / ((1 - kept) / (wavelength * factor) + kept / wavelength);
  }
}
