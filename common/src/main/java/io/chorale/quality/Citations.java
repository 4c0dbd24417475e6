package io.chorale.quality;

import java.util.List;

/** Marks of citations as Wikipedia's pages have them: {@code [12]}, {@code []}, {@code [edit]}. */
final class Citations {
  private static final List<String> WORDS = List.of("[edit]", "[citation needed]");

  private Citations() {}

  /** The line without them. O(characters). */
  static String remove(String line) {
    int open = line.indexOf('[');
    if (open < 0) {
      return line;
    }
    StringBuilder left = new StringBuilder(line.length());
    int from = 0;
    while (open >= 0) {
      int end = end(line, open);
      if (end > open) {
        left.append(line, from, open);
        from = end;
      }
      open = line.indexOf('[', Math.max(end, open + 1));
    }
    return left.append(line, from, line.length()).toString();
  }

  /** The end of the mark that begins there; the place itself where there is none. */
  private static int end(String line, int open) {
    for (String word : WORDS) {
      if (line.startsWith(word, open)) {
        return open + word.length();
      }
    }
    int at = open + 1;
    while (at < line.length() && Character.isDigit(line.codePointAt(at))) {
      at += Character.charCount(line.codePointAt(at));
    }
    return at < line.length() && line.charAt(at) == ']' ? at + 1 : open;
  }
}
