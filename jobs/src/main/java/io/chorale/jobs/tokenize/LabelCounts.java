package io.chorale.jobs.tokenize;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.chorale.data.Column;
import io.chorale.data.Ids;
import io.chorale.data.Row;
import io.chorale.data.Schema;
import java.io.Serializable;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Counts how often rows have each label, of each column that names its labels. */
final class LabelCounts implements Serializable {
  private static final long serialVersionUID = 1L;

  private final LinkedHashMap<String, long[]> counts = new LinkedHashMap<>();

  private LabelCounts() {}

  @JsonCreator
  private LabelCounts(Map<String, List<Long>> lists) {
    lists.forEach(
        (column, of) -> counts.put(column, of.stream().mapToLong(Long::longValue).toArray()));
  }

  /** Counts of the same labels, all zero. */
  LabelCounts(LabelCounts like) {
    like.counts.forEach((column, of) -> counts.put(column, new long[of.length]));
  }

  /** Counts of the labels of a schema, all zero. */
  static LabelCounts of(Schema schema) {
    LabelCounts zero = new LabelCounts();
    for (Column column : schema.columns()) {
      // Labels of a series are the names of its channels.
      int labels = column.whole() ? schema.facts(column.name()).labels().size() : 0;
      if (labels > 0) {
        zero.counts.put(column.name(), new long[labels]);
      }
    }
    return zero;
  }

  /** Counts the labels of a row, or of a part of one. */
  void add(Row row) {
    counts.forEach(
        (column, of) -> {
          for (int label : ((Ids) row.cell(column)).values()) {
            of[label]++;
          }
        });
  }

  /** Adds counts of the same labels. */
  void merge(LabelCounts other) {
    counts.forEach(
        (column, of) -> {
          long[] more = other.counts.get(column);
          Arrays.setAll(of, label -> of[label] + more[label]);
        });
  }

  /** By the name of the column, in the order of its labels. */
  @JsonValue
  Map<String, List<Long>> lists() {
    Map<String, List<Long>> lists = new LinkedHashMap<>();
    counts.forEach((column, of) -> lists.put(column, Arrays.stream(of).boxed().toList()));
    return lists;
  }
}
