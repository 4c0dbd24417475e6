package io.chorale.music;

import java.util.HashMap;
import java.util.Map;

/** Reads pitches, by the key and the accidentals of the bar. Each object reads a tune. */
final class Pitches {
  /** Semitones above C of the letters A to G. */
  private static final int[] SEMITONES = {9, 11, 0, 2, 4, 5, 7};

  /** C without octave marks: the middle one. */
  private static final int MIDDLE_C = 60;

  private static final int OCTAVE = 12;
  private static final String ACCIDENTALS = "^_=";

  // By letter: they hold in every octave (ABC standard 2.1, section 11.3).
  private final Map<Character, Integer> inBar = new HashMap<>();
  private Key key;
  private Pitch last = new Pitch(Note.REST, 0);
  private boolean tied;

  /**
   * @param written without accidental
   * @param raised by that many semitones
   */
  private record Pitch(int written, int raised) {
    int sounding() {
      return written + raised;
    }
  }

  Pitches(Key key) {
    this.key = key;
  }

  Key key() {
    return key;
  }

  void change(Key other) {
    key = other;
  }

  /** A bar line ends accidentals. */
  void endBar() {
    inBar.clear();
  }

  /** Whether the note or rest that was read last is tied to the one that comes. */
  void tie(boolean toNext) {
    tied = toNext;
  }

  /** Whether a pitch begins with that sign. */
  static boolean begins(char sign) {
    return ACCIDENTALS.indexOf(sign) >= 0 || isLetter(sign);
  }

  private static boolean isLetter(char sign) {
    return (sign >= 'A' && sign <= 'G') || (sign >= 'a' && sign <= 'g');
  }

  /**
   * Reads accidentals, letter and octave marks. A tie carries an accidental over bar lines.
   *
   * @return as of {@link Note}
   */
  int read(AbcLine line) {
    last = next(line);
    return last.sounding();
  }

  /** Reads a pitch that is not played; a tie goes on from the one before it. */
  void pass(AbcLine line) {
    next(line);
  }

  private Pitch next(AbcLine line) {
    String marks = line.passAll(ACCIDENTALS);
    char sign = line.sign();
    if (!isLetter(sign) || !marks.matches("|=|\\^{1,2}|_{1,2}")) {
      line.pass(-marks.length());
      throw line.unknown();
    }
    line.pass(1);
    char letter = Character.toUpperCase(sign);
    int written = MIDDLE_C + SEMITONES[letter - 'A'] + (sign == letter ? 0 : OCTAVE);
    for (char octave : line.passAll("',").toCharArray()) {
      written += octave == '\'' ? OCTAVE : -OCTAVE;
    }
    if (!marks.isEmpty()) {
      inBar.put(letter, Key.accidental(marks));
    }
    boolean goesOn = marks.isEmpty() && tied && written == last.written();
    Pitch pitch =
        new Pitch(written, goesOn ? last.raised() : inBar.getOrDefault(letter, key.of(letter)));
    if (pitch.sounding() < 0 || pitch.sounding() > Note.HIGHEST) {
      throw line.refused("a note that MIDI does not have");
    }
    return pitch;
  }
}
