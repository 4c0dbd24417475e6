package io.chorale.report;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Writes HTML that is well-formed XML, too. All text and all values of attributes are escaped here,
 * and nowhere else.
 */
final class Html {
  private final StringBuilder out = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();

  /**
   * Begins an element.
   *
   * @param attributes names and values in turn
   */
  Html open(String tag, String... attributes) {
    tag(tag, attributes);
    out.append('>');
    open.push(tag);
    return this;
  }

  /** Ends the element that was begun last. */
  Html close() {
    out.append("</").append(open.pop()).append('>');
    return this;
  }

  /** Ends elements until only so many are open. */
  Html closeTo(int depth) {
    while (open.size() > depth) {
      close();
    }
    return this;
  }

  /** Elements that are open. */
  int depth() {
    return open.size();
  }

  /** An element of HTML that never has content, or any of SVG. */
  Html empty(String tag, String... attributes) {
    tag(tag, attributes);
    out.append("/>");
    return this;
  }

  /** An element with text. */
  Html element(String tag, String text, String... attributes) {
    return open(tag, attributes).text(text).close();
  }

  Html text(String text) {
    escape(text);
    return this;
  }

  /** Appends what another one has written, all of whose elements are ended. */
  Html add(Html part) {
    out.append(part.out);
    return this;
  }

  /** Whether nothing was written yet. */
  boolean isEmpty() {
    return out.isEmpty();
  }

  /** Appends what is a constant of the program: a style, a script. */
  Html constant(String markup) {
    out.append(markup);
    return this;
  }

  private void tag(String tag, String... attributes) {
    out.append('<').append(tag);
    for (int i = 0; i < attributes.length; i += 2) {
      out.append(' ').append(attributes[i]).append("=\"");
      escape(attributes[i + 1]);
      out.append('"');
    }
  }

  private void escape(String text) {
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&#39;");
        case '\n', '\t' -> out.append((char) c);
        default -> out.appendCodePoint(shown(c));
      }
    }
  }

  /** A character that may stand in a page: what controls something is a picture of itself. */
  private static int shown(int c) {
    if (c < ' ') {
      return 0x2400 + c;
    }
    boolean control = c >= 0x7f && c < 0xa0;
    boolean turns = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    boolean none = (c >= 0xd800 && c < 0xe000) || (c & 0xfffe) == 0xfffe;
    return control || turns || none ? 0xfffd : c;
  }

  @Override
  public String toString() {
    return out.toString();
  }
}
