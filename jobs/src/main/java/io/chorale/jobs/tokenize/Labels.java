package io.chorale.jobs.tokenize;

import io.chorale.config.SettingsException;
import io.chorale.corpus.CorpusEntry;
import io.chorale.corpus.Document;
import io.chorale.corpus.Rejection;
import io.chorale.data.Column;
import io.chorale.data.Facts;
import io.chorale.data.Schema;
import io.chorale.jobs.spark.Tally;
import io.chorale.task.Classification;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;

/**
 * The classes of a corpus with labels: the distinct labels of its training files, numbered in the
 * order of their characters.
 *
 * @param names none where the corpus has no labels
 */
record Labels(List<String> names) implements Serializable {
  static final String COLUMN = Classification.LABEL;
  static final Labels NONE = new Labels(List.of());

  /** Far beyond any classification; more are rather a text. */
  private static final int MOST = 10_000;

  /** Those of the documents. */
  static Labels of(JavaRDD<CorpusEntry> training, Tally tally) {
    List<String> names =
        new ArrayList<>(
            training
                .filter(entry -> entry instanceof Document)
                .map(
                    entry -> {
                      tally.add((Document) entry);
                      return ((Document) entry).label();
                    })
                .distinct()
                .take(MOST + 1));
    if (names.size() > MOST) {
      throw new SettingsException(
          "Cannot read the corpus: its training files have more than %,d different labels, expected at most so many. Check corpus.label-field."
              .formatted(MOST));
    }
    Collections.sort(names);
    return new Labels(List.copyOf(names));
  }

  int classes() {
    return names.size();
  }

  /** The number of a document's class; 0 where the corpus has no labels. */
  int number(Document document) {
    return names.isEmpty() ? 0 : Collections.binarySearch(names, document.label());
  }

  /** Sets documents aside whose label no training file has: no model could have learned it. */
  JavaRDD<CorpusEntry> check(JavaRDD<CorpusEntry> entries) {
    if (names.isEmpty()) {
      return entries;
    }
    return entries.map(
        entry ->
            entry instanceof Document document && number(document) < 0
                ? Rejection.of(document, Rejection.Reason.UNKNOWN_LABEL, document.label())
                : entry);
  }

  /** The schema of the dataset. */
  Schema schema(int vocabulary, String tokenizer) {
    Schema text = Schema.text(vocabulary, tokenizer);
    if (names.isEmpty()) {
      return text;
    }
    return new Schema(
        List.of(text.columns().get(0), Column.label(COLUMN, classes())),
        Map.of(Column.TEXT, text.facts(Column.TEXT), COLUMN, Facts.labels(names)));
  }
}
