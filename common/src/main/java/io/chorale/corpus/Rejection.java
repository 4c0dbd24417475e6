package io.chorale.corpus;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Something in the corpus that is no usable document, set aside so that nothing is lost unseen.
 *
 * @param file index of its file in the order of the corpus
 * @param offset where it begins: bytes into the unpacked file; in Parquet, rows
 * @param bytes its length as found: of a text in Parquet without the rest of its row
 * @param reason why
 * @param excerpt the first bytes as printable ASCII; others, and the backslash, as {@code \xNN}
 * @param cause what was found, in words, where the reason does not say it all; else empty
 * @param lost stored bytes of a file that could not be read; {@link #WHOLE} where nobody knows how
 *     many
 */
public record Rejection(
    int file, long offset, long bytes, Reason reason, String excerpt, String cause, long lost)
    implements CorpusEntry {
  /** All of a file: how much of it is missing, nobody knows. */
  static final long WHOLE = Long.MAX_VALUE;

  /** Bytes of which an excerpt is made. */
  static final int EXCERPT_BYTES = 80;

  /** Why it was rejected. */
  public enum Reason {
    /** Nothing, or only white space: also the blank lines between paragraphs. */
    EMPTY,
    /** Not valid UTF-8, or with a lone surrogate. */
    NOT_UTF8,
    /** With the character NUL, which belongs to binary data. */
    NUL,
    /** Longer than {@code corpus.max-document-bytes}. */
    TOO_LONG,
    /** A line that is not one JSON object. */
    BAD_JSON,
    /** No field of that name, or one that is not text, or a blank one beside a target. */
    NO_TEXT,
    /**
     * A record of a table with more or fewer fields than the others, or quotes that do not close.
     */
    BAD_CSV,
    /** No field of the label's name, or an empty one, or one that is no label. */
    NO_LABEL,
    /** A label that no document of the training files has. */
    UNKNOWN_LABEL,
    /** No list of labels for the words of the text, or not as many as there are words. */
    BAD_TAGS,
    /** A label of a word that no document of the training files has. */
    UNKNOWN_TAG,
    /** No field of the target's name, or an empty one, or one that is not text. */
    NO_TARGET,
    /** No field of the answer's name, or an empty one, or no answer among messages. */
    NO_ANSWER,
    /** No list of messages with roles, or one of which the chat template makes no text. */
    BAD_MESSAGES,
    /** A conversation with more tokens than {@code chat.max-tokens}. */
    MANY_TOKENS,
    /** No numbers, one that is not finite, or not as many as the other documents have. */
    BAD_VECTOR,
    /** No field of the time's name, or one that is no time, or written otherwise than most. */
    BAD_TIME,
    /** No field of the group's name, or an empty one. */
    NO_GROUP,
    /** A step whose time another one of the series has, which came first in the corpus. */
    DUPLICATE_TIME,
    /** A step that is not after the last one which the dataset has of its series. */
    LATE_TIME,
    /** A step that is added without enough others around it for a row: history of what comes. */
    HISTORY_ALONE,
    /** Steps without enough others right before and after them, since a gap or an end is near. */
    SHORT_SERIES,
    /** No steps, a gap, a number that is not finite, or other channels than elsewhere. */
    BAD_SERIES,
    /**
     * A file that is cut short or damaged, or a CSV file with a quote that never closes: it is lost
     * as a whole.
     */
    CORRUPT_FILE,
    /** A file of a kind that is not read, or beyond a limit of the settings. */
    REFUSED_FILE,
    /** A document that could be read of a damaged file. */
    LOST,
    /** One that a rule of {@code quality} rejects, or of which its filter leaves no line. */
    QUALITY,
    /** In another language than those that stay, or not surely in one. */
    LANGUAGE,
    /** One that has {@code quality.pattern}, or has not, as the rules want it. */
    PATTERN,
    /** One whose text another document has too, which stays. */
    DUPLICATE,
    /** One whose text is much like that of another document, which stays. */
    NEAR_DUPLICATE,
    /** One of the training split whose words are those of held-out texts to too large a share. */
    CONTAMINATED,
    /** One of a file that changed, or of a table that is read again, that the dataset has. */
    KNOWN;

    /** Whether it is a fault of a file, not of a document. */
    public boolean ofFile() {
      return this == CORRUPT_FILE || this == REFUSED_FILE;
    }

    /** Whether the settings ask for it, so that it is no fault of the corpus. */
    public boolean wanted() {
      return switch (this) {
        case QUALITY, LANGUAGE, PATTERN, DUPLICATE, NEAR_DUPLICATE, CONTAMINATED, KNOWN -> true;
        default -> false;
      };
    }

    /** Whether it weighs by itself against {@code corpus.max-rejected}; lost files do as such. */
    boolean weighs() {
      return switch (this) {
        case EMPTY, LOST, LATE_TIME, HISTORY_ALONE -> false;
        default -> !wanted();
      };
    }

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
    return new Rejection(file, offset, length, reason, excerpt.toString(), "", 0);
  }

  /** A document that was set aside after all. */
  public static Rejection of(Document document, Reason reason, String found) {
    String shown = FieldReader.excerpt(document.content().toString());
    byte[] text = shown.getBytes(StandardCharsets.UTF_8);
    return of(document.file(), document.offset(), document.bytes(), reason, text, 0, text.length)
        .because(found);
  }

  /**
   * A record that was set aside after all.
   *
   * @param shown what an excerpt is made of
   */
  public static Rejection of(
      int file, long offset, long length, Reason reason, String shown, String found) {
    byte[] text = shown.getBytes(StandardCharsets.UTF_8);
    return of(file, offset, length, reason, text, 0, text.length).because(found);
  }

  /** The same, with what was found. */
  Rejection because(String found) {
    return because(found, 0);
  }

  /** The same, with what was found, and how many stored bytes of the file are lost by it. */
  Rejection because(String found, long lostBytes) {
    return new Rejection(file, offset, bytes, reason, excerpt, found, lostBytes);
  }
}
