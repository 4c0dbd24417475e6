package io.chorale.music;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The fields before the notes of a tune.
 *
 * @param title empty where there is none
 * @param key of {@code K:}
 * @param metre of {@code M:}: the length of a bar in whole notes; empty for free metre
 * @param compound whether beats divide by three: 6/8, 9/8, 12/8
 * @param unit of {@code L:}: the length of a note without a number, in whole notes
 * @param quartersPerMinute of {@code Q:}
 * @param body the lines after {@code K:}
 * @param firstLine number of the first of them in the tune, from 1
 */
record AbcHeader(
    String title,
    Key key,
    Optional<Fraction> metre,
    boolean compound,
    Fraction unit,
    double quartersPerMinute,
    List<String> body,
    int firstLine) {
  private static final double USUAL_TEMPO = 120;
  private static final Pattern RATIO = Pattern.compile("(\\d{1,4})\\s*/\\s*(\\d{1,4})");
  private static final Pattern TEMPO =
      Pattern.compile(
          "(?:\"[^\"]*\")?\\s*(?:(\\d{1,3})/(\\d{1,3})\\s*=\\s*)?(\\d{1,4})\\s*(?:\"[^\"]*\")?");

  /** What stands in a metre field. */
  record Metre(Optional<Fraction> bar, boolean compound) {}

  /** Whether a line is a field, as {@code K:G}; a note before a repeat is none. */
  static boolean isField(String line) {
    return line.length() >= 2
        && Character.isLetter(line.charAt(0))
        && line.charAt(0) < 0x80
        && line.charAt(1) == ':'
        && !(line.length() > 2 && (line.charAt(2) == '|' || line.charAt(2) == ':'));
  }

  /** A line without its comment. */
  static String withoutComment(String line) {
    int comment = line.indexOf('%');
    return (comment < 0 ? line : line.substring(0, comment)).stripTrailing();
  }

  /** The header of a tune, up to {@code K:}. */
  static AbcHeader of(String text) {
    List<String> lines = text.lines().toList();
    String title = "";
    Metre metre = new Metre(Optional.of(Fraction.ONE), false);
    Fraction unit = null;
    double tempo = USUAL_TEMPO;
    String tempoField = null;
    int tempoLine = 0;
    for (int i = 0; i < lines.size(); i++) {
      String line = withoutComment(lines.get(i));
      if (line.isBlank()) {
        continue;
      }
      if (!isField(line)) {
        throw new AbcException(i + 1, "\"" + shown(line) + "\" before the key");
      }
      String value = line.substring(2).strip();
      switch (line.charAt(0)) {
        case 'T' -> title = title.isEmpty() ? value : title;
        case 'M' -> metre = metre(value, i + 1);
        case 'L' -> unit = ratio(value, i + 1);
        case 'Q' -> {
          tempoField = value;
          tempoLine = i + 1;
        }
        case 'V' -> throw new AbcException(i + 1, "a voice, of which only one is played");
        case 'K' -> {
          int number = i + 1;
          Key key = key(value, number);
          Fraction length = unit == null ? usualUnit(metre) : unit;
          if (tempoField != null) {
            tempo = tempo(tempoField, length, tempoLine);
          }
          return new AbcHeader(
              title,
              key,
              metre.bar(),
              metre.compound(),
              length,
              tempo,
              new ArrayList<>(lines.subList(number, lines.size())),
              number + 1);
        }
        default -> {
          // Of other fields nothing is heard.
        }
      }
    }
    throw new AbcException(Math.max(1, lines.size()), "no key (K:)");
  }

  /** Shorter metres have shorter notes. */
  private static Fraction usualUnit(Metre metre) {
    boolean shortBar = metre.bar().isPresent() && metre.bar().get().below(3, 4);
    return new Fraction(1, shortBar ? 16 : 8);
  }

  static Key key(String value, int line) {
    return Key.of(value).orElseThrow(() -> new AbcException(line, "the key " + shown(value)));
  }

  static Metre metre(String value, int line) {
    switch (value) {
      case "C" -> {
        return new Metre(Optional.of(Fraction.ONE), false);
      }
      case "C|" -> {
        return new Metre(Optional.of(Fraction.ONE), false);
      }
      case "none", "" -> {
        return new Metre(Optional.empty(), false);
      }
      default -> {
        Fraction bar = ratio(value, line);
        String beats = value.split("/")[0].strip();
        return new Metre(
            Optional.of(bar), beats.equals("6") || beats.equals("9") || beats.equals("12"));
      }
    }
  }

  static Fraction ratio(String value, int line) {
    Matcher ratio = RATIO.matcher(value);
    if (!ratio.matches() || ratio.group(1).matches("0+") || ratio.group(2).matches("0+")) {
      throw new AbcException(line, "the ratio " + shown(value));
    }
    return new Fraction(Long.parseLong(ratio.group(1)), Long.parseLong(ratio.group(2)));
  }

  /** Quarters a minute of {@code 1/4=120}, or of units a minute. */
  private static double tempo(String value, Fraction unit, int line) {
    Matcher parts = TEMPO.matcher(value);
    if (!parts.matches()) {
      throw new AbcException(line, "the tempo " + shown(value));
    }
    Fraction beat =
        parts.group(1) == null ? unit : ratio(parts.group(1) + "/" + parts.group(2), line);
    double tempo = Integer.parseInt(parts.group(3)) * 4.0 * beat.over() / beat.under();
    if (tempo < 1 || tempo > 2000) {
      throw new AbcException(line, "the tempo " + shown(value));
    }
    return tempo;
  }

  /** At a length that a message can hold. */
  static String shown(String text) {
    return text.length() <= 40 ? text : text.substring(0, 40) + "…";
  }
}
