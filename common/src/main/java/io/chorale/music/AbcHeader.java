package io.chorale.music;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The fields before the notes of a tune.
 *
 * @param title empty where there is none
 * @param key of {@code K:}
 * @param metre of {@code M:}
 * @param unit of {@code L:}: the length of a note without a number, in whole notes
 * @param quartersPerMinute of {@code Q:}
 * @param body the lines after {@code K:}
 * @param firstLine number of the first of them in the tune, from 1
 */
record AbcHeader(
    String title,
    Key key,
    Metre metre,
    Fraction unit,
    double quartersPerMinute,
    List<String> body,
    int firstLine) {
  private static final Pattern RATIO = Pattern.compile("(\\d{1,4})(?:\\s*/\\s*(\\d{1,4}))?");

  /** Whether a line is a field, as {@code K:G}; a note before a repeat is none. */
  static boolean isField(String line) {
    return line.length() >= 2
        && (Character.isLetter(line.charAt(0)) && line.charAt(0) < 0x80 || line.charAt(0) == '+')
        && line.charAt(1) == ':'
        && !(line.length() > 2 && (line.charAt(2) == '|' || line.charAt(2) == ':'));
  }

  /** A line without its comment. */
  static String withoutComment(String line) {
    int comment = line.indexOf('%');
    return (comment < 0 ? line : line.substring(0, comment)).stripTrailing();
  }

  /** The header of a tune, from {@code X:} to {@code K:}. */
  static AbcHeader of(String text) {
    List<String> lines = text.lines().toList();
    boolean begun = false;
    String title = "";
    Metre metre = Metre.COMMON;
    String unit = "";
    int unitLine = 0;
    String tempo = "";
    int tempoLine = 0;
    for (int i = 0; i < lines.size(); i++) {
      int number = i + 1;
      String line = withoutComment(lines.get(i));
      if (line.isBlank()) {
        continue;
      }
      if (!isField(line) || !begun && line.charAt(0) != 'X') {
        throw new AbcException(
            number,
            "\"%s\" before %s".formatted(AbcLine.shown(line), begun ? "the key (K:)" : "X:"));
      }
      begun = true;
      String value = line.substring(2).strip();
      switch (line.charAt(0)) {
        case 'T' -> title = title.isEmpty() ? value : title;
        case 'M' -> metre = Metre.of(value, number);
        case 'L' -> {
          unit = value;
          unitLine = number;
        }
        case 'Q' -> {
          tempo = value;
          tempoLine = number;
        }
        case 'V' -> throw new AbcException(number, "a voice, of which only one is played");
        case 'K' -> {
          Fraction length = unitLine == 0 ? metre.usualUnit() : ratio(unit, unitLine);
          return new AbcHeader(
              title,
              key(value, Key.NONE, number),
              metre,
              length,
              tempoLine == 0 ? Tempo.USUAL : Tempo.read(tempo, length, Tempo.USUAL, tempoLine),
              List.copyOf(lines.subList(number, lines.size())),
              number + 1);
        }
        default -> {
          // Of other fields nothing is heard.
        }
      }
    }
    throw new AbcException(Math.max(1, lines.size()), begun ? "no key (K:)" : "no X:");
  }

  /**
   * The key of {@code K:}.
   *
   * @param before the key that a clef alone leaves as it is
   */
  static Key key(String value, Key before, int line) {
    return Key.of(value, before)
        .orElseThrow(() -> new AbcException(line, "the key " + AbcLine.shown(value)));
  }

  /** A fraction above 0: {@code 1/8}, {@code 1}. */
  static Fraction ratio(String value, int line) {
    Matcher ratio = RATIO.matcher(value);
    long over = ratio.matches() ? Long.parseLong(ratio.group(1)) : 0;
    long under = over == 0 || ratio.group(2) == null ? 1 : Long.parseLong(ratio.group(2));
    if (over == 0 || under == 0) {
      throw new AbcException(line, "the ratio " + AbcLine.shown(value));
    }
    return new Fraction(over, under);
  }
}
