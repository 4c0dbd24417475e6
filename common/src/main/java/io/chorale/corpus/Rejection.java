package io.chorale.corpus;

import java.util.Locale;

/**
 * Something in the corpus that is no usable document, set aside so that nothing is lost unseen.
 *
 * @param file index of its file in the order of the corpus
 * @param offset where it begins: bytes into the unpacked file; in Parquet, rows
 * @param bytes its length as found
 * @param reason why
 * @param excerpt the first bytes as printable ASCII; others, and the backslash, as {@code \xNN}
 */
public record Rejection(int file, long offset, long bytes, Reason reason, String excerpt)
    implements CorpusEntry {
  /** Bytes of which an excerpt is made. */
  static final int EXCERPT_BYTES = 80;

  /** Why it was rejected. */
  public enum Reason {
    /** Nothing, or only white space: also the blank lines between paragraphs. */
    EMPTY,
    /** Not valid UTF-8, or with a lone surrogate. */
    NOT_UTF8,
    /** Longer than {@code corpus.max-document-bytes}. */
    TOO_LONG,
    /** A line that is not one JSON object. */
    BAD_JSON,
    /** No field of that name, or one that is not text. */
    NO_TEXT,
    /** A label that no document of the training files has. */
    UNKNOWN_LABEL,
    /** A packed file that is cut short or damaged; the rest of it is lost. */
    CORRUPT_FILE;

    /** As it is written: {@code not-utf8}. */
    public String key() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  static Rejection of(
      int file, long offset, long length, Reason reason, byte[] bytes, int from, int count) {
    StringBuilder excerpt = new StringBuilder();
    for (int i = from; i < from + Math.min(count, EXCERPT_BYTES); i++) {
      int value = bytes[i] & 0xff;
      if (value >= ' ' && value < 0x7f && value != '\\') {
        excerpt.append((char) value);
      } else {
        excerpt.append("\\x").append("%02x".formatted(value));
      }
    }
    return new Rejection(file, offset, length, reason, excerpt.toString());
  }
}
