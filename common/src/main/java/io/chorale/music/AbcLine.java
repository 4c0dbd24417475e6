package io.chorale.music;

/** Reads a line of a tune from left to right. Each object reads one. */
final class AbcLine {
  /** The value of {@link #sign} at the end of the line. */
  static final char END = '\0';

  private static final int MOST_DIGITS = 4;
  private static final int SHOWN = 40;

  private final String text;
  private final int number;
  private int at;

  /**
   * @param text without its comment
   * @param number of the line in the tune, from 1
   */
  AbcLine(String text, int number) {
    this.text = text;
    this.number = number;
  }

  boolean hasMore() {
    return at < text.length();
  }

  /** The sign that comes. */
  char sign() {
    return sign(0);
  }

  /** The sign that comes after so many others. */
  char sign(int others) {
    return at + others < text.length() ? text.charAt(at + others) : END;
  }

  /** Passes so many signs. */
  void pass(int signs) {
    at += signs;
  }

  /** Passes a sign if it comes; whether it did. */
  boolean pass(char sign) {
    boolean comes = hasMore() && sign() == sign;
    at += comes ? 1 : 0;
    return comes;
  }

  /** Passes all signs of a set that come one after the other: those. */
  String passAll(String set) {
    int from = at;
    while (hasMore() && set.indexOf(sign()) >= 0) {
      at++;
    }
    return text.substring(from, at);
  }

  /** The text between the sign that comes now and the next {@code end}. */
  String between(char end) {
    int to = text.indexOf(end, at + 1);
    if (to < 0) {
      throw unknown();
    }
    return text.substring(at + 1, to);
  }

  /** Whether such a sign comes behind the one that comes now. */
  boolean has(char later) {
    return text.indexOf(later, at + 1) >= 0;
  }

  /** A whole number of at most four digits; {@code none} where there is none. */
  int whole(int none) {
    int from = at;
    String digits = passAll("0123456789");
    if (digits.length() > MOST_DIGITS) {
      at = from;
      throw unknown();
    }
    return digits.isEmpty() ? none : Integer.parseInt(digits);
  }

  /** The failure of a line whose rest begins no known symbol. */
  AbcException unknown() {
    return refused("\"" + shown(text.substring(at)) + "\"");
  }

  /** The failure of this line, with what was found in it. */
  AbcException refused(String found) {
    return new AbcException(number, found);
  }

  int number() {
    return number;
  }

  /** At a length that a message can hold. */
  static String shown(String text) {
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
  }
}
