package io.chorale.quality;

import io.chorale.config.Nearest;
import io.chorale.config.SettingsException;
import io.chorale.config.Shown;
import io.chorale.corpus.Rejection;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Rejects documents of which a measure is beyond a number: {@code words < 50}. */
record Threshold(Measure measure, Comparison comparison, double number) implements Rule {
  private static final Pattern FORM =
      Pattern.compile("\\s*([a-z0-9-]+)\\s*(<=|>=|<|>)\\s*([0-9]{1,15}(?:\\.[0-9]{1,15})?)\\s*");

  /** How a measure stands to a number. */
  enum Comparison {
    LESS("<"),
    AT_MOST("<="),
    MORE(">"),
    AT_LEAST(">=");

    private final String sign;

    Comparison(String sign) {
      this.sign = sign;
    }

    private boolean holds(double value, double number) {
      return switch (this) {
        case LESS -> value < number;
        case AT_MOST -> value <= number;
        case MORE -> value > number;
        case AT_LEAST -> value >= number;
      };
    }

    private static Comparison of(String sign) {
      return Arrays.stream(values()).filter(c -> c.sign.equals(sign)).findFirst().orElseThrow();
    }
  }

  /**
   * Reads a rule.
   *
   * @throws SettingsException where the text is none, or names a measure that is not known
   */
  static Threshold parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new SettingsException(
          "Cannot read rule \"%s\": expected MEASURE < NUMBER, with one of < <= > >=. Correct it."
              .formatted(Shown.of(text)));
    }
    return new Threshold(
        measure(form.group(1)), Comparison.of(form.group(2)), Double.parseDouble(form.group(3)));
  }

  /** The measure of a name that a user wrote. */
  static Measure measure(String name) {
    return Measure.named(name)
        .orElseThrow(
            () -> {
              List<String> known = Arrays.stream(Measure.values()).map(Measure::key).toList();
              return new SettingsException(
                  "Cannot find measure \"%s\": expected one of %s. Correct the name; the nearest is %s."
                      .formatted(Shown.of(name), String.join(" ", known), Nearest.of(name, known)));
            });
  }

  @Override
  public boolean rejects(Counts counts) {
    // A quotient that is rounded lies on the side of the number that it lay on before.
    return comparison.holds(measure.of(counts), number);
  }

  @Override
  public Rejection.Reason reason() {
    return switch (measure) {
      case LANGUAGE_SCORE -> Rejection.Reason.LANGUAGE;
      case PATTERN_MATCHES -> Rejection.Reason.PATTERN;
      default -> Rejection.Reason.QUALITY;
    };
  }

  @Override
  public String told(Counts counts) {
    return "%s (%s)".formatted(this, shown(measure.of(counts)));
  }

  /** Whole numbers as such; of shares four digits. */
  private static String shown(double value) {
    return value == Math.rint(value)
        ? "%d".formatted((long) value)
        : String.format(Locale.ROOT, "%.4g", value);
  }

  @Override
  public String toString() {
    String shown = number == Math.rint(number) ? "%d".formatted((long) number) : "" + number;
    return "%s %s %s".formatted(measure.key(), comparison.sign, shown);
  }
}
