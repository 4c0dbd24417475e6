package io.chorale.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * A text of which every character knows where it comes from: from the template or from a message,
 * from which turn, and whether the template calls it generated. Whatever a template does to its
 * texts, their characters take that along.
 */
final class Text {
  static final Text EMPTY = new Text("", "");

  /** The mark of a character that a message has brought. */
  static final int GIVEN = 1;

  /** The mark of a character within the template's tag {@code generation}. */
  static final int GENERATED = 2;

  /** The marks from here on count the turns of the assistant, from 1; 0 is no such turn. */
  private static final int TURN = 2;

  /** The turns that marks can count. */
  static final int MOST_TURNS = (Character.MAX_VALUE >> TURN) - 1;

  private final String chars;
  private final String marks; // one for each character

  private Text(String chars, String marks) {
    this.chars = chars;
    this.marks = marks;
  }

  /** A text of the template. */
  static Text of(String chars) {
    return new Text(chars, "\0".repeat(chars.length()));
  }

  /** A text of a message. */
  static Text given(String chars) {
    return new Text(chars, String.valueOf((char) GIVEN).repeat(chars.length()));
  }

  /** The mark of a turn of the assistant. */
  static int turn(int number) {
    return number << TURN;
  }

  int length() {
    return chars.length();
  }

  char at(int index) {
    return chars.charAt(index);
  }

  boolean isGiven(int index) {
    return (marks.charAt(index) & GIVEN) != 0;
  }

  boolean isGenerated(int index) {
    return (marks.charAt(index) & GENERATED) != 0;
  }

  /** The turn of the assistant that a character is of; 0 where it is of none. */
  int turnAt(int index) {
    return marks.charAt(index) >> TURN;
  }

  Text part(int from, int to) {
    return new Text(chars.substring(from, to), marks.substring(from, to));
  }

  Text plus(Text other) {
    return new Text(chars + other.chars, marks + other.marks);
  }

  /** A stretch of a text. */
  record Span(int from, int to) {}

  /** The longest stretches whose characters are all of one kind, but for kind 0. */
  List<Span> runs(IntUnaryOperator kind) {
    List<Span> runs = new ArrayList<>();
    int from = 0;
    for (int at = 1; at <= length(); at++) {
      if (at == length() || kind.applyAsInt(at) != kind.applyAsInt(from)) {
        if (kind.applyAsInt(from) != 0) {
          runs.add(new Span(from, at));
        }
        from = at;
      }
    }
    return runs;
  }

  /** Other characters in the places of these, as a change of case makes them. */
  Text recased(String changed) {
    if (changed.length() == length()) {
      return new Text(changed, marks);
    }
    boolean given = marks.chars().anyMatch(mark -> (mark & GIVEN) != 0);
    return given ? given(changed) : of(changed);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Text text && text.chars.equals(chars);
  }

  @Override
  public int hashCode() {
    return chars.hashCode();
  }

  @Override
  public String toString() {
    return chars;
  }

  /** A text in the making. */
  static final class Builder {
    private final StringBuilder chars = new StringBuilder();
    private final StringBuilder marks = new StringBuilder();

    int length() {
      return chars.length();
    }

    Builder add(Text text) {
      chars.append(text.chars);
      marks.append(text.marks);
      return this;
    }

    /** Adds a text whose characters get these marks too; a turn that they know is kept. */
    Builder add(Text text, int more) {
      chars.append(text.chars);
      for (int i = 0; i < text.length(); i++) {
        int mark = text.marks.charAt(i);
        int flags = more & ((1 << TURN) - 1);
        marks.append((char) (mark | (text.turnAt(i) == 0 ? more : flags)));
      }
      return this;
    }

    Builder add(String template) {
      return add(Text.of(template));
    }

    /** Adds a character in the place of one of a text. */
    Builder add(String changed, Text text, int index) {
      chars.append(changed);
      marks.append(String.valueOf(text.marks.charAt(index)).repeat(changed.length()));
      return this;
    }

    Text text() {
      return new Text(chars.toString(), marks.toString());
    }
  }
}
