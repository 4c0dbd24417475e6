package io.chorale.music;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The key of a tune: which of the seven letters are sharp or flat.
 *
 * @param semitones by letter from A to G: 1 is sharp, -1 is flat
 */
record Key(int[] semitones) {
  /** The order in which keys gain sharps; flats come the other way round. */
  private static final String SHARPS = "FCGDAEB";

  private static final Map<String, Integer> MODES =
      Map.ofEntries(
          Map.entry("", 0),
          Map.entry("maj", 0),
          Map.entry("ion", 0),
          Map.entry("m", -3),
          Map.entry("min", -3),
          Map.entry("aeo", -3),
          Map.entry("mix", -1),
          Map.entry("dor", -2),
          Map.entry("phr", -4),
          Map.entry("lyd", 1),
          Map.entry("loc", -5));

  private static final Pattern NAME =
      Pattern.compile("([A-G])([#b]?)\\s*([A-Za-z]*)((\\s+(exp|[\\^_=]{1,2}[A-Ga-g]))*)");

  private static final Pattern CLEF =
      Pattern.compile(
          "\\s*\\b(clef|middle|transpose|octave|stafflines)=\\S*|\\s+(treble|bass|alto|tenor)\\S*");

  /** No sharps and no flats. */
  static final Key NONE = new Key(new int[SHARPS.length()]);

  /**
   * The key of that name: a tonic and a mode as in {@code D mixolydian}, {@code F#m}, {@code Bb};
   * then accidentals of its own, as in {@code D exp _b}. Empty where it is none.
   *
   * @param before the key that a clef alone leaves as it is
   */
  static Optional<Key> of(String text, Key before) {
    String name = CLEF.matcher(text).replaceAll("").strip();
    if (name.isEmpty()) {
      return Optional.of(text.isBlank() ? NONE : before);
    }
    if (name.equals("none")) {
      return Optional.of(NONE);
    }
    if (name.equals("HP") || name.equals("Hp")) {
      // Highland pipes: F and C are sharp.
      return of("D", before);
    }
    Matcher parts = NAME.matcher(name);
    if (!parts.matches()) {
      return Optional.empty();
    }
    String mode = parts.group(3).toLowerCase(Locale.ROOT);
    boolean explicit = mode.equals("exp");
    Integer turned = MODES.get(explicit ? "" : mode.substring(0, Math.min(3, mode.length())));
    if (turned == null) {
      return Optional.empty();
    }
    int fifths = SHARPS.indexOf(parts.group(1)) - 1 + turned;
    fifths += parts.group(2).equals("#") ? 7 : parts.group(2).equals("b") ? -7 : 0;
    int[] semitones = new int[SHARPS.length()];
    boolean onlyGiven = explicit || parts.group(4).contains("exp");
    for (int i = 0; i < Math.abs(fifths) && !onlyGiven; i++) {
      char letter = SHARPS.charAt(fifths > 0 ? i % 7 : 6 - i % 7);
      semitones[letter - 'A'] += fifths > 0 ? 1 : -1;
    }
    for (String given : parts.group(4).strip().split("\\s+")) {
      if (!given.isEmpty() && !given.equals("exp")) {
        char letter = Character.toUpperCase(given.charAt(given.length() - 1));
        semitones[letter - 'A'] = accidental(given.substring(0, given.length() - 1));
      }
    }
    return Optional.of(new Key(semitones));
  }

  /** Semitones of {@code ^}, {@code _}, {@code =} and their doubles. */
  static int accidental(String marks) {
    return (int)
        (marks.chars().filter(mark -> mark == '^').count()
            - marks.chars().filter(mark -> mark == '_').count());
  }

  /** Semitones that a letter from A to G is raised by. */
  int of(char letter) {
    return semitones[letter - 'A'];
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Key key && Arrays.equals(semitones, key.semitones);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(semitones);
  }

  @Override
  public String toString() {
    return "Key" + Arrays.toString(semitones);
  }
}
