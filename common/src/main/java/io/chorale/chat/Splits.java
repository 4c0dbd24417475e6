package io.chorale.chat;

import io.chorale.chat.Values.Arguments;
import java.util.ArrayList;
import java.util.List;

/** Cuts texts at other ones, as Python does. */
final class Splits {
  private Splits() {}

  /** Where a part occurs in a text, each behind the one before. */
  static List<Integer> places(String chars, String part) {
    if (part.isEmpty()) {
      throw new TemplateException("an empty string to look for");
    }
    List<Integer> places = new ArrayList<>();
    for (int at = chars.indexOf(part); at >= 0; at = chars.indexOf(part, at + part.length())) {
      places.add(at);
    }
    return places;
  }

  /**
   * The parts of a text.
   *
   * @param last whether the last places are cut at where there are more than may be
   */
  static List<Object> split(Text text, Arguments arguments, boolean last) {
    Object separator = arguments.get(0, Values.NONE);
    long most = Values.whole(arguments.get(1, -1L));
    if (separator == Values.NONE) {
      return words(text, most, last);
    }
    String part = Values.text(separator).toString();
    List<Integer> places =
        last ? placesFromEnd(text.toString(), part) : places(text.toString(), part);
    if (most >= 0 && places.size() > most) {
      places =
          last
              ? places.subList(places.size() - (int) most, places.size())
              : places.subList(0, (int) most);
    }
    List<Object> parts = new ArrayList<>();
    int from = 0;
    for (int place : places) {
      parts.add(text.part(from, place));
      from = place + part.length();
    }
    parts.add(text.part(from, text.length()));
    return parts;
  }

  private static List<Integer> placesFromEnd(String chars, String part) {
    if (part.isEmpty()) {
      throw new TemplateException("an empty string to look for");
    }
    List<Integer> places = new ArrayList<>();
    for (int at = chars.lastIndexOf(part);
        at >= 0;
        at = chars.lastIndexOf(part, at - part.length())) {
      places.add(0, at);
      if (at < part.length()) {
        break;
      }
    }
    return places;
  }

  private static List<Object> words(Text text, long most, boolean last) {
    if (most >= 0) {
      throw new TemplateException(
          "%s by white space a number of times".formatted(last ? "rsplit" : "split"));
    }
    List<Object> words = new ArrayList<>();
    int from = -1;
    for (int i = 0; i <= text.length(); i++) {
      boolean space = i == text.length() || Values.isSpace(text.at(i));
      if (space && from >= 0) {
        words.add(text.part(from, i));
        from = -1;
      } else if (!space && from < 0) {
        from = i;
      }
    }
    return words;
  }

  static List<Object> lines(Text text) {
    List<Object> lines = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.at(i);
      if ("\n\r\u000b\f\u001c\u001d\u001e\u0085\u2028\u2029".indexOf(c) >= 0) {
        lines.add(text.part(from, i));
        i += c == '\r' && i + 1 < text.length() && text.at(i + 1) == '\n' ? 1 : 0;
        from = i + 1;
      }
    }
    if (from < text.length()) {
      lines.add(text.part(from, text.length()));
    }
    return lines;
  }

  /** A text with another part in the place of each of one kind. */
  static Text replace(Text text, Arguments arguments, Scope.Budget budget) {
    String old = Values.text(arguments.require(0)).toString();
    Text other = Values.text(arguments.require(1));
    long most = Values.whole(arguments.get(2, -1L));
    Text.Builder replaced = new Text.Builder();
    int from = 0;
    for (int place : places(text.toString(), old)) {
      if (most-- == 0) {
        break;
      }
      budget.spend(1L + other.length());
      replaced.add(text.part(from, place)).add(other);
      from = place + old.length();
    }
    return replaced.add(text.part(from, text.length())).text();
  }
}
