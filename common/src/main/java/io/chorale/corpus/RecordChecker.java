package io.chorale.corpus;

import io.chorale.config.CorpusSettings;
import java.sql.Date;
import java.sql.Timestamp;
import java.time.temporal.Temporal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Decides whether records that somebody else has read are documents, by the rules of the corpus.
 * For one thread at a time.
 */
public final class RecordChecker {
  private static final byte[] NOTHING = {};

  /** Line ends and other controls, and halves of surrogate pairs. */
  private static final Pattern UNPRINTABLE =
      Pattern.compile("[\\p{Cntrl}\\p{Cs}\\x{2028}\\x{2029}]+");

  private final DocumentChecker checker;
  private final long most;

  /**
   * A checker of some of the fields that the settings name.
   *
   * @param columns that a document has: {@link Document#TEXT} for {@code corpus.text-field} and so
   *     on
   * @param cutsWords whether a text is cut into words
   * @param channels numbers of a step, of which records of steps may hold one or many; 0 where
   *     there are no steps
   */
  public RecordChecker(
      CorpusSettings settings, Set<String> columns, boolean cutsWords, int channels) {
    checker = new DocumentChecker(settings, columns, cutsWords, channels);
    most = settings.maxDocumentBytes();
  }

  /**
   * The document of a record, or why it is none.
   *
   * @param values by the names of the fields: strings, numbers, booleans, arrays of bytes (UTF-8),
   *     times, lists of strings or numbers, nulls. An {@link java.time.Instant} and a {@link
   *     Timestamp} are times in UTC; those of {@code java.time} without a zone and a {@link Date}
   *     have none
   */
  public CorpusEntry check(Map<String, ?> values) {
    Map<String, Raw> raw = new HashMap<>();
    values.forEach((field, value) -> raw.put(field, raw(value)));
    return checker.check(new RawRecord(0, 0, 0, NOTHING, 0, 0, raw));
  }

  /** The document of a line of JSON in UTF-8, or why it is none. */
  public CorpusEntry checkJson(byte[] bytes, int from, int count) {
    return checker.checkJson(0, 0, bytes, from, count);
  }

  /**
   * A reason with what was found, in one line. Of a line that is no record its beginning is shown,
   * since nobody can tell its fields.
   */
  public static String reason(Rejection rejection) {
    String found = UNPRINTABLE.matcher(rejection.cause()).replaceAll(" ");
    if (rejection.reason() == Rejection.Reason.BAD_JSON) {
      found += ": " + rejection.excerpt();
    }
    return rejection.reason().key() + (found.isEmpty() ? "" : " (" + found + ")");
  }

  private Raw raw(Object value) {
    if (value == null) {
      return Raw.NOTHING;
    }
    if (value instanceof String text) {
      return new Raw.Decoded(text);
    }
    if (value instanceof byte[] bytes) {
      return new Raw.Encoded(bytes);
    }
    if (value instanceof Number number) {
      boolean exact =
          number instanceof Long
              || number instanceof Integer
              || number instanceof Short
              || number instanceof Byte;
      return new Raw.Scalar(number.toString(), exact);
    }
    if (value instanceof Boolean truth) {
      return new Raw.Scalar(truth.toString(), true);
    }
    if (value instanceof Timestamp time) {
      return time(time.toInstant());
    }
    if (value instanceof Date date) {
      return time(date.toLocalDate());
    }
    if (value instanceof Temporal time) {
      return time(time);
    }
    if (value instanceof List<?> values) {
      RawList list = new RawList(most);
      add(values, list);
      return list.end();
    }
    return new Raw.Odd("an object");
  }

  /** As ISO 8601 writes it; no text, and no number. */
  private static Raw time(Temporal time) {
    return new Raw.Scalar(time.toString(), false);
  }

  private static void add(List<?> values, RawList list) {
    for (Object value : values) {
      if (value instanceof String text) {
        list.add(text);
      } else if (value instanceof Number number) {
        list.add(number.floatValue());
      } else if (value instanceof List<?> step) {
        list.open();
        add(step, list);
        list.close();
      } else {
        list.addOther(
            value == null ? "nothing" : value instanceof Boolean ? "true or false" : "an object");
      }
    }
  }
}
