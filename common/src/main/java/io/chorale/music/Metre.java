package io.chorale.music;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The metre of a tune.
 *
 * @param bar the length of a bar in whole notes; empty for free metre
 * @param compound whether beats divide by three: 6/8, 9/8, 12/8
 */
record Metre(Optional<Fraction> bar, boolean compound) {
  /** What a tune without one has. */
  static final Metre COMMON = new Metre(Optional.of(Fraction.ONE), false);

  private static final Metre FREE = new Metre(Optional.empty(), false);
  private static final Set<String> COMPOUND = Set.of("6", "9", "12");
  private static final String BEATS = "\\d{1,4}(?:\\s*\\+\\s*\\d{1,4})*";
  private static final Pattern BEATS_AND_UNIT =
      Pattern.compile("(?:(%s)|\\((%s)\\))\\s*/\\s*(\\d{1,4})".formatted(BEATS, BEATS));

  /** The metre of {@code M:}: {@code 6/8}, {@code (2+3)/8}, {@code C|}, {@code none}. */
  static Metre of(String value, int line) {
    return switch (value) {
      case "C", "C|" -> COMMON;
      case "none", "" -> FREE;
      default -> counted(value, line);
    };
  }

  private static Metre counted(String value, int line) {
    Matcher parts = BEATS_AND_UNIT.matcher(value);
    long under = parts.matches() ? Long.parseLong(parts.group(3)) : 0;
    if (under == 0) {
      throw refused(value, line);
    }
    String beats = parts.group(1) == null ? parts.group(2) : parts.group(1);
    long over =
        Arrays.stream(beats.split("\\+")).mapToLong(count -> Long.parseLong(count.strip())).sum();
    if (over == 0) {
      throw refused(value, line);
    }
    return new Metre(Optional.of(new Fraction(over, under)), COMPOUND.contains(beats));
  }

  private static AbcException refused(String value, int line) {
    return new AbcException(line, "the metre " + AbcLine.shown(value));
  }

  /** The length of a note where no {@code L:} says it: shorter metres have shorter notes. */
  Fraction usualUnit() {
    boolean shortBar = bar.isPresent() && bar.get().below(3, 4);
    return new Fraction(1, shortBar ? 16 : 8);
  }
}
