package io.chorale.corpus;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A document of the corpus: a text, or whatever else a dataset has a row for.
 *
 * @param file index of its file in the order of the corpus
 * @param offset where it begins: bytes into the unpacked file; in Parquet, rows
 * @param bytes of its texts in UTF-8 and of its numbers as they are stored, labels aside
 * @param fields by the columns of the dataset that they become, in their order: what {@code
 *     corpus.text-field} names is {@link #TEXT}, and so on; at least one
 */
public record Document(int file, long offset, long bytes, Map<String, Field> fields)
    implements CorpusEntry {
  /** The column of {@code corpus.text-field}: a text, or words. */
  public static final String TEXT = "text";

  /** The column of {@code corpus.answer-field}, and of messages: which tokens are learned. */
  public static final String ANSWER = "answer";

  /** The column of {@code corpus.tags-field}: as many words as the text has. */
  public static final String TAGS = "tags";

  /** The column of {@code corpus.target-field}: a text, or words. */
  public static final String TARGET = "target";

  /**
   * The column of {@code corpus.series-field}: numbers; or of {@code corpus.value-fields}: a step.
   */
  public static final String SERIES = "series";

  /** The field of {@code corpus.time-field}: the time of a step. */
  public static final String TIME = "time";

  /** The field of {@code corpus.group-field}: the name of a step's series. */
  public static final String GROUP = "group";

  /** The column of {@code corpus.vector-fields}: numbers, all of them one step. */
  public static final String VECTOR = "vector";

  /** The column of {@code corpus.label-field}: a text that names a class, or a number. */
  public static final String LABEL = "label";

  public Document {
    fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }

  /** Of text alone. */
  static Document ofText(int file, long offset, String text) {
    Field field = new Field.Text(text);
    return new Document(file, offset, field.bytes(), Map.of(TEXT, field));
  }

  /** Whether a column says something about another one, so that it adds nothing to its size. */
  public static boolean isLabel(String column) {
    return column.equals(TAGS) || column.equals(LABEL) || column.equals(ANSWER);
  }

  /** The field of a column that the settings ask for. */
  public Field field(String column) {
    Field field = fields.get(column);
    if (field == null) {
      throw new IllegalArgumentException(
          "a document must have a field %s (got: %s)".formatted(column, fields.keySet()));
    }
    return field;
  }

  /** The same with another value for a column that it has. */
  public Document with(String column, Field field) {
    Map<String, Field> changed = new LinkedHashMap<>(fields);
    Field before = changed.put(column, field);
    return new Document(file, offset, bytes - before.bytes() + field.bytes(), changed);
  }

  /** What it is told by: its text or, where it has none, its numbers. */
  public Field content() {
    return fields.values().iterator().next();
  }
}
