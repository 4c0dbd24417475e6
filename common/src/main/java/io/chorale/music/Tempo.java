package io.chorale.music;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A tempo and where it begins.
 *
 * @param begin of the tune's begin, in whole notes
 * @param quartersPerMinute from {@link #SLOWEST} to {@link #FASTEST}
 */
record Tempo(Fraction begin, double quartersPerMinute) {
  /** What a tune has that says none, or says it in words. */
  static final double USUAL = 120;

  /** The slowest that MIDI knows: it has 24 bits for the microseconds of a quarter. */
  static final double SLOWEST = 60e6 / 0xFFFFFF;

  static final double FASTEST = 2000;

  private static final String WORDS = "(?:\"[^\"]*\")?";
  private static final String RATIO = "\\d{1,3}/\\d{1,3}";

  /** Words; beats, of which {@code C} and {@code C3} are units, as in old tunes; their number. */
  private static final Pattern FORM =
      Pattern.compile(
          "%s\\s*(?:(?:(%s(?:\\s+%s){0,3})\\s*=\\s*|(C\\d{0,3})\\s*=\\s*)?(\\d{1,4}))?\\s*%s"
              .formatted(WORDS, RATIO, RATIO, WORDS));

  /**
   * The quarters a minute of {@code Q:}: {@code 1/4=120}, {@code "Slow" 1/4 3/8=40}, or units a
   * minute.
   *
   * @param before the tempo that words alone leave as it is
   */
  static double read(String value, Fraction unit, double before, int line) {
    Matcher parts = FORM.matcher(value);
    if (value.isEmpty() || !parts.matches()) {
      throw new AbcException(line, "the tempo " + AbcLine.shown(value));
    }
    if (parts.group(3) == null) {
      return before;
    }
    Fraction beat = Fraction.ZERO;
    if (parts.group(1) != null) {
      for (String part : parts.group(1).split("\\s+")) {
        beat = beat.plus(AbcHeader.ratio(part, line));
      }
    } else {
      String units = parts.group(2) == null ? "" : parts.group(2).substring(1);
      beat = unit.times(new Fraction(units.isEmpty() ? 1 : Long.parseLong(units), 1));
    }
    double tempo = Integer.parseInt(parts.group(3)) * 4.0 * beat.over() / beat.under();
    if (tempo < SLOWEST || tempo > FASTEST) {
      throw new AbcException(
          line,
          "the tempo %s, %.4g quarters a minute where MIDI files have %.3g to %.0f"
              .formatted(AbcLine.shown(value), tempo, SLOWEST, FASTEST));
    }
    return tempo;
  }
}
