package io.chorale.corpus;

import io.chorale.config.CorpusSettings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Decides whether records that somebody else has read are documents, by the rules of the corpus.
 * For one thread at a time.
 */
public final class RecordChecker {
  private static final byte[] NOTHING = {};

  private final DocumentChecker checker;
  private final long most;

  /**
   * A checker of some of the fields that the settings name.
   *
   * @param columns that a document has: {@link Document#TEXT} for {@code corpus.text-field} and so
   *     on
   * @param cutsWords whether a text is cut into words
   */
  public RecordChecker(CorpusSettings settings, Set<String> columns, boolean cutsWords) {
    checker = new DocumentChecker(settings, columns, cutsWords);
    most = settings.maxDocumentBytes();
  }

  /**
   * The document of a record, or why it is none.
   *
   * @param values by the names of the fields: strings, numbers, booleans, arrays of bytes (UTF-8),
   *     lists of them, nulls
   */
  public CorpusEntry check(Map<String, ?> values) {
    Map<String, Raw> raw = new HashMap<>();
    values.forEach((field, value) -> raw.put(field, raw(value)));
    return checker.check(new RawRecord(0, 0, 0, NOTHING, 0, 0, raw));
  }

  /** A reason with what was found, in one line. */
  public static String reason(Rejection rejection) {
    String found = rejection.cause();
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
    if (value instanceof List<?> values) {
      RawList list = new RawList(most);
      add(values, list);
      return list.end();
    }
    return new Raw.Odd("an object");
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
