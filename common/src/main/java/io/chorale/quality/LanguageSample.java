package io.chorale.quality;

/**
 * Takes a few stretches out of a text, to tell its language by: from its begin, its middle and its
 * end. Beyond some 200 characters no library gets better, and time grows with each.
 *
 * <p>Only letters and marks are taken; whatever parts them becomes one blank. A stretch begins and
 * ends where a word does, if one does nearby.
 */
final class LanguageSample {
  private static final int STRETCHES = 3;
  private static final int STRETCH = 70;

  /** How far a stretch goes where there are few letters, or a word without an end. */
  private static final int FARTHEST = 1000;

  private LanguageSample() {}

  /** Some 210 letters and blanks; of a short text all. O(1) in the length of the text. */
  static String of(String text) {
    StringBuilder sample = new StringBuilder((STRETCHES + 1) * STRETCH);
    int taken = 0; // up to where the text is used
    for (int i = 0; i < STRETCHES; i++) {
      int from = Math.max(taken, (int) ((long) i * (text.length() - STRETCH) / (STRETCHES - 1)));
      taken = take(text, i == 0 ? 0 : wordBegin(text, from, taken), sample);
    }
    return sample.toString().strip();
  }

  /** The next begin of a word; the place itself where the text goes on without one. */
  private static int wordBegin(String text, int from, int taken) {
    if (from == taken) {
      return from;
    }
    for (int at = from; at < Math.min(from + STRETCH, text.length()); at++) {
      if (Characters.kind(text.charAt(at)) < Characters.MARK) {
        return at;
      }
    }
    return from;
  }

  /** Adds a stretch, and returns where it ends in the text. */
  private static int take(String text, int from, StringBuilder sample) {
    int most = sample.length() + STRETCH;
    int end = Math.min(from + FARTHEST, text.length());
    boolean gap = true;
    boolean within = false; // a word that others will not begin in
    int at = from;
    while (at < end && (sample.length() < most || within)) {
      int point = text.codePointAt(at);
      byte kind = Characters.kind(point);
      if (kind >= Characters.LETTER || kind == Characters.MARK && !gap) {
        if (gap) {
          sample.append(' ');
        }
        sample.appendCodePoint(point);
        gap = false;
        within = kind != Characters.ALONE;
      } else {
        gap = true;
        within = false;
      }
      at += Character.charCount(point);
    }
    return at;
  }
}
