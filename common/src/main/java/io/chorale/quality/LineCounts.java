package io.chorale.quality;

/**
 * Counts lines and paragraphs: repeated ones, those with bullets, ellipses and end marks, short
 * ones. What a line is differs between the published rules, and is theirs each time.
 *
 * <p>O(characters). Lines are told apart by 64-bit hashes. Not thread-safe.
 */
final class LineCounts {
  /** Characters of a short line at most (arXiv 2406.17557, section 3.6). */
  private static final int SHORT = 30;

  private static final String END_MARKS = ".'\"!?";

  private final HashCounter seen = new HashCounter();
  private long pieces;
  private long duplicates;
  private long duplicateCharacters;

  /** Writes what Gopher's rules ask of the text as it is. */
  void count(String text, Counts into) {
    countMarks(text, into);
    cutParagraphs(text);
    into.set(Count.PARAGRAPHS, pieces);
    into.set(Count.DUPLICATE_PARAGRAPHS, duplicates);
    into.set(Count.DUPLICATE_PARAGRAPH_CHARACTERS, duplicateCharacters);
    cutLines(text);
    into.set(Count.FED_LINES, pieces);
    into.set(Count.DUPLICATE_LINES, duplicates);
    into.set(Count.DUPLICATE_LINE_CHARACTERS, duplicateCharacters);
  }

  /** Writes what FineWeb's own rules ask of the text that a filter left: its lines are fed. */
  void countKept(String text, Counts into) {
    start(lineFeeds(text) + 1);
    long marked = 0;
    long small = 0;
    long lines = 0;
    for (int from = 0; from <= text.length(); lines++) {
      int end = fed(text, from);
      marked += end > from && END_MARKS.indexOf(text.charAt(end - 1)) >= 0 ? 1 : 0;
      small += text.codePointCount(from, end) <= SHORT ? 1 : 0;
      if (Characters.skipBlanks(text, from, end) < end) {
        piece(text, from, end);
      }
      from = end + 1;
    }
    into.set(Count.FINEWEB_LINES, lines);
    into.set(Count.FINEWEB_END_MARK_LINES, marked);
    into.set(Count.FINEWEB_SHORT_LINES, small);
    into.set(Count.FINEWEB_DUPLICATE_LINE_CHARACTERS, duplicateCharacters);
    into.set(Count.FINEWEB_LINE_FEEDS, lines - 1);
    into.set(Count.FINEWEB_CHARACTERS, text.codePointCount(0, text.length()) - (lines - 1));
  }

  private static void countMarks(String text, Counts into) {
    long lines = 0;
    long bullets = 0;
    long ellipses = 0;
    for (int from = 0; from < text.length(); lines++) {
      int end = Characters.lineEnd(text, from);
      int first = Characters.skipBlanks(text, from, end);
      int last = Characters.trimBlanks(text, first, end);
      bullets += first < end && "\u2022-".indexOf(text.charAt(first)) >= 0 ? 1 : 0;
      boolean ellipsis = last > first && text.charAt(last - 1) == '\u2026';
      ellipses += ellipsis || last - first >= 3 && text.startsWith("...", last - 3) ? 1 : 0;
      from = end < text.length() ? Characters.nextLine(text, end) : end;
    }
    into.set(Count.LINES, lines);
    into.set(Count.BULLET_LINES, bullets);
    into.set(Count.ELLIPSIS_LINES, ellipses);
  }

  /** Pieces of the stripped text between two line feeds or more. */
  private void cutParagraphs(String text) {
    start(lineFeeds(text) / 2 + 1);
    int begin = Characters.skipBlanks(text, 0, text.length());
    int end = Characters.trimBlanks(text, begin, text.length());
    int from = begin;
    for (int at = fed(text, from); at < end; at = fed(text, at)) {
      int next = at;
      while (text.charAt(next) == '\n') {
        next++; // ends, since the last character of the stripped text is not blank
      }
      if (next - at > 1) {
        piece(text, from, at);
        from = next;
      }
      at = next;
    }
    piece(text, from, end);
  }

  /** Pieces between runs of line feeds: an empty one where the text begins or ends with them. */
  private void cutLines(String text) {
    start(lineFeeds(text) + 1);
    for (int from = 0; from <= text.length(); ) {
      int end = fed(text, from);
      if (end > from || from == 0 || end == text.length()) {
        piece(text, from, end);
      }
      from = end + 1;
    }
  }

  private void start(int most) {
    seen.clear(most);
    pieces = 0;
    duplicates = 0;
    duplicateCharacters = 0;
  }

  private void piece(String text, int from, int end) {
    pieces++;
    if (seen.repeats(HashCounter.hash(text, from, end))) {
      duplicates++;
      duplicateCharacters += text.codePointCount(from, end);
    }
  }

  /** The next line feed, or the end of the text. */
  private static int fed(String text, int from) {
    int at = text.indexOf('\n', from);
    return at < 0 ? text.length() : at;
  }

  private static int lineFeeds(String text) {
    int feeds = 0;
    for (int at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
      feeds++;
    }
    return feeds;
  }
}
