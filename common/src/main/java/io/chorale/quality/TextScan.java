package io.chorale.quality;

import java.util.Arrays;

/**
 * Cuts a text into words and symbols, in one pass and without a string for each.
 *
 * <p>A word is a run of letters, digits and marks; within it an apostrophe or an underscore, and
 * between two digits a full stop or a comma. Each letter of a script that puts no blanks between
 * words is a word by itself. Every other character that is not blank is a symbol. Tokenizers of
 * linguists cut much the same, less quickly and for one language each.
 *
 * <p>Lengths are in code points. Not thread-safe: one for each task.
 */
final class TextScan {
  private static final int FIRST_SIZE = 1024;

  private final long[] stopWords;
  private long[] hashes = new long[FIRST_SIZE];
  private int[] ends = new int[FIRST_SIZE];
  private int size;
  private int length;

  private int words;
  private int letterWords;
  private int found;
  private long wordCharacters;

  /** Looks for these words, in this case. */
  TextScan(Iterable<String> stopWords) {
    this.stopWords = hashes(stopWords);
  }

  private static long[] hashes(Iterable<String> words) {
    long[] hashes = new long[0];
    for (String word : words) {
      hashes = Arrays.copyOf(hashes, hashes.length + 1);
      long hash = 1;
      for (int point : word.codePoints().toArray()) {
        hash = HashCounter.step(hash, point);
      }
      hashes[hashes.length - 1] = HashCounter.mix(hash);
    }
    Arrays.sort(hashes);
    return hashes;
  }

  /** Takes a text in, in place of the one before. */
  void scan(String text) {
    size = 0;
    length = 0;
    words = 0;
    letterWords = 0;
    found = 0;
    wordCharacters = 0;
    int at = 0;
    while (at < text.length()) {
      int point = text.codePointAt(at);
      byte kind = Characters.kind(point);
      if (kind > Characters.MARK) {
        at = word(text, at);
      } else {
        if (kind != Characters.BLANK) {
          add(HashCounter.mix(HashCounter.step(1, point)), 1);
        }
        at += Character.charCount(point);
      }
    }
  }

  /** Takes a word in, and returns where it ends. */
  private int word(String text, int from) {
    long hash = 1;
    int points = 0;
    boolean letter = false;
    boolean alone = false;
    byte before = Characters.BLANK;
    int at = from;
    while (at < text.length()) {
      int point = text.codePointAt(at);
      byte kind = Characters.kind(point);
      boolean inside =
          switch (kind) {
            case Characters.MARK -> true;
            case Characters.LETTER, Characters.DIGIT -> !alone;
            case Characters.ALONE -> points == 0;
            default -> !alone && joins(text, at, point, before);
          };
      if (!inside) {
        break;
      }
      alone |= kind == Characters.ALONE;
      letter |= kind >= Characters.LETTER;
      before = kind;
      hash = HashCounter.step(hash, point);
      points++;
      at += Character.charCount(point);
    }
    hash = HashCounter.mix(hash);
    add(hash, points);
    words++;
    wordCharacters += points;
    letterWords += letter ? 1 : 0;
    found += stopWords.length > 0 && Arrays.binarySearch(stopWords, hash) >= 0 ? 1 : 0;
    return at;
  }

  /** Whether a symbol stands within a word: what comes before and after it decides. */
  private static boolean joins(String text, int at, int point, byte before) {
    if (at + 1 == text.length()) {
      return false;
    }
    byte after = Characters.kind(text.codePointAt(at + 1));
    return switch (point) {
      case '\'', '\u2019', '_' -> after == Characters.LETTER || after == Characters.DIGIT;
      case '.', ',' -> before == Characters.DIGIT && after == Characters.DIGIT;
      default -> false;
    };
  }

  private void add(long hash, int points) {
    if (size == hashes.length) {
      hashes = Arrays.copyOf(hashes, 2 * size);
      ends = Arrays.copyOf(ends, 2 * size);
    }
    length += points;
    hashes[size] = hash;
    ends[size] = length;
    size++;
  }

  /** Words and symbols together. */
  int size() {
    return size;
  }

  /** The hash of a word or a symbol. */
  long hash(int index) {
    return hashes[index];
  }

  /** The characters of the words and symbols before that one. */
  int begin(int index) {
    return index == 0 ? 0 : ends[index - 1];
  }

  int words() {
    return words;
  }

  long wordCharacters() {
    return wordCharacters;
  }

  /** Words with at least one letter. */
  int letterWords() {
    return letterWords;
  }

  /** How many words are among those that are looked for: all occurrences. */
  int stopWords() {
    return found;
  }
}
