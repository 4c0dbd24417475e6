package io.chorale.jobs.tokenize;

import io.chorale.config.CorpusSettings;
import io.chorale.config.SettingsException;
import io.chorale.corpus.CorpusEntry;
import io.chorale.corpus.Document;
import io.chorale.corpus.Field;
import io.chorale.corpus.Rejection;
import io.chorale.data.Column;
import io.chorale.data.Schema;
import io.chorale.jobs.console.Amounts;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Learns from the training files what each column holds, by which documents of all files are then
 * judged.
 *
 * @param byWord columns whose tokenizer takes words as they stand
 * @param classes their names, in the order of their characters; none where labels are no classes
 * @param tags likewise
 * @param vector numbers of a vector: as many as most have; 0 where there are none
 * @param channels of a series: as many as most have; 0 where there are none
 */
record ColumnFacts(
    Set<String> byWord, List<String> classes, List<String> tags, int vector, int channels)
    implements Serializable {
  /** Far beyond any classification; more are rather a text. */
  private static final int MOST_NAMES = 10_000;

  /** Whether anything must be learned of the training files before documents can be judged. */
  static boolean areLearned(CorpusSettings settings) {
    return settings.hasNumbers()
        || !settings.labelField().isEmpty()
        || !settings.tagsField().isEmpty();
  }

  /** Those of a corpus with text alone. */
  static ColumnFacts ofText(Set<String> byWord) {
    return new ColumnFacts(byWord, List.of(), List.of(), 0, 0);
  }

  /** Those of a dataset that is added to. */
  static ColumnFacts of(Schema schema, Set<String> byWord) {
    return new ColumnFacts(
        byWord,
        schema.facts(Document.LABEL).labels(),
        schema.facts(Document.TAGS).labels(),
        size(schema, Document.VECTOR),
        size(schema, Document.SERIES));
  }

  private static int size(Schema schema, String column) {
    return schema.find(column).map(Column::size).orElse(0);
  }

  /** Those of what the training files were seen to have. */
  static ColumnFacts of(List<Seen> parts, Set<String> byWord) {
    Seen seen = Seen.nothing();
    parts.forEach(seen::merge);
    return new ColumnFacts(
        byWord,
        names(seen.classes, "corpus.label-field"),
        names(seen.tags, "corpus.tags-field"),
        mostFrequent(seen.vectors),
        mostFrequent(seen.channels));
  }

  private static List<String> names(TreeSet<String> names, String key) {
    if (names.size() > MOST_NAMES) {
      throw new SettingsException(
          "Cannot read the corpus: its training files have more than %,d different labels, expected at most so many. Check %s."
              .formatted(MOST_NAMES, key));
    }
    return List.copyOf(names);
  }

  /** Of sizes that are equally frequent, the smallest. */
  private static int mostFrequent(TreeMap<Integer, Long> counts) {
    int size = 0;
    long most = 0;
    for (Map.Entry<Integer, Long> entry : counts.entrySet()) {
      if (entry.getValue() > most) {
        size = entry.getKey();
        most = entry.getValue();
      }
    }
    return size;
  }

  /** The document, or why it does not go with the training files, or not with the tokenizer. */
  CorpusEntry checked(Document document) {
    for (Map.Entry<String, Field> entry : document.fields().entrySet()) {
      Field field = entry.getValue();
      CorpusEntry checked =
          switch (entry.getKey()) {
            case Document.TEXT -> text(document, Document.TEXT, Rejection.Reason.NO_TEXT);
            case Document.TARGET -> text(document, Document.TARGET, Rejection.Reason.NO_TARGET);
            case Document.TAGS -> tags(document, (Field.Words) field);
            case Document.SERIES ->
                sized(document, Rejection.Reason.BAD_SERIES, "channels", field, channels);
            case Document.VECTOR ->
                sized(document, Rejection.Reason.BAD_VECTOR, "numbers", field, vector);
            case Document.LABEL -> label(document, field);
            default -> document;
          };
      if (checked instanceof Rejection) {
        return checked;
      }
    }
    return document;
  }

  private CorpusEntry text(Document document, String column, Rejection.Reason reason) {
    return byWord.contains(column) || !(document.field(column) instanceof Field.Words)
        ? document
        : Rejection.of(
            document, reason, "a list of words, expected text where the tokenizer cuts it");
  }

  /** No model could have learned such a tag. */
  private CorpusEntry tags(Document document, Field.Words words) {
    for (String tag : words.values()) {
      if (Collections.binarySearch(tags, tag) < 0) {
        return Rejection.of(document, Rejection.Reason.UNKNOWN_TAG, tag);
      }
    }
    return document;
  }

  private CorpusEntry label(Document document, Field field) {
    boolean known =
        field instanceof Field.Numbers || Collections.binarySearch(classes, field.toString()) >= 0;
    return known
        ? document
        : Rejection.of(document, Rejection.Reason.UNKNOWN_LABEL, field.toString());
  }

  private static CorpusEntry sized(
      Document document, Rejection.Reason reason, String what, Field field, int expected) {
    int size = ((Field.Numbers) field).size();
    return size == expected
        ? document
        : Rejection.of(document, reason, "%d %s, most have %d".formatted(size, what, expected));
  }

  /** For people: {@code 3 classes, 2 channels}. */
  @Override
  public String toString() {
    List<String> parts = new ArrayList<>();
    add(parts, classes.size(), "classes");
    add(parts, tags.size(), "tags");
    add(parts, vector, "numbers of a vector");
    add(parts, channels, "channels");
    return String.join(", ", parts);
  }

  private static void add(List<String> parts, int count, String what) {
    if (count > 0) {
      parts.add(Amounts.count(count) + " " + what);
    }
  }

  /**
   * What documents have; more is added to it. Parts merge in any order.
   *
   * @param vectors how many documents have vectors of a size
   * @param channels how many documents have steps of a size
   */
  record Seen(
      TreeSet<String> classes,
      TreeSet<String> tags,
      TreeMap<Integer, Long> vectors,
      TreeMap<Integer, Long> channels) {

    static Seen nothing() {
      return new Seen(new TreeSet<>(), new TreeSet<>(), new TreeMap<>(), new TreeMap<>());
    }

    void add(Document document) {
      document.fields().forEach(this::add);
    }

    private void add(String column, Field field) {
      switch (column) {
        case Document.TAGS -> ((Field.Words) field).values().forEach(tag -> add(tags, tag));
        case Document.VECTOR -> vectors.merge(((Field.Numbers) field).size(), 1L, Long::sum);
        case Document.SERIES -> channels.merge(((Field.Numbers) field).size(), 1L, Long::sum);
        case Document.LABEL -> {
          if (field instanceof Field.Text label) {
            add(classes, label.value());
          }
        }
        default -> {}
      }
    }

    private static void add(TreeSet<String> names, String name) {
      if (names.size() <= MOST_NAMES) {
        names.add(name);
      }
    }

    void merge(Seen other) {
      other.classes.forEach(name -> add(classes, name));
      other.tags.forEach(name -> add(tags, name));
      other.vectors.forEach((size, count) -> vectors.merge(size, count, Long::sum));
      other.channels.forEach((size, count) -> channels.merge(size, count, Long::sum));
    }
  }
}
