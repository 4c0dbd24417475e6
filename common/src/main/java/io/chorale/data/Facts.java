package io.chorale.data;

import java.io.Serializable;
import java.util.HashSet;
import java.util.List;

/**
 * The metadata of a column by which its cells are read and written: labels, scale, counts. What a
 * column has none of is empty.
 *
 * @param labels what each id, class or channel is called, in their order
 * @param mean of the training split, by channel; what was subtracted from each number
 * @param deviation of the training split, by channel; what each number was then divided by
 * @param tokenizer SHA-256 of the file of the tokenizer that made the ids
 * @param step the time between two steps of a series, as {@link TimeStep} writes it
 * @param history steps before its own that a row's series has, unless it begins there; 0 where none
 *     have any
 * @param counts how often the training split has each of the labels, in their order; empty where
 *     nobody has counted
 */
public record Facts(
    List<String> labels,
    List<Double> mean,
    List<Double> deviation,
    String tokenizer,
    String step,
    int history,
    List<Long> counts)
    implements Serializable {
  /** Nothing is known, and nothing need be. */
  public static final Facts NONE = plain(List.of(), List.of(), List.of(), "");

  public Facts {
    labels = List.copyOf(labels);
    mean = List.copyOf(mean);
    deviation = List.copyOf(deviation);
    counts = List.copyOf(counts);
    if (new HashSet<>(labels).size() != labels.size()) {
      throw new IllegalArgumentException("labels must differ (got: " + labels + ")");
    }
    if (mean.size() != deviation.size()
        || !mean.stream().allMatch(Double::isFinite)
        || !deviation.stream().allMatch(value -> value > 0 && Double.isFinite(value))) {
      throw new IllegalArgumentException(
          "means must be finite and deviations above 0, one for each channel (got: %s and %s)"
              .formatted(mean, deviation));
    }
    if (!counts.isEmpty()
        && (counts.size() != labels.size() || counts.stream().anyMatch(count -> count < 0))) {
      throw new IllegalArgumentException(
          "counts must be of each label (got: %s of %s)".formatted(counts, labels));
    }
    if (!tokenizer.matches("([0-9a-f]{64})?")) {
      throw new IllegalArgumentException("a tokenizer is told by its SHA-256");
    }
    if (!step.isEmpty()) {
      TimeStep.parse(step);
    }
    if (history < 0) {
      throw new IllegalArgumentException("history must be 0 or more (got: " + history + ")");
    }
  }

  private static Facts plain(
      List<String> labels, List<Double> mean, List<Double> deviation, String tokenizer) {
    return new Facts(labels, mean, deviation, tokenizer, "", 0, List.of());
  }

  /** Of a column of text. */
  public static Facts tokenizer(String sha256) {
    return plain(List.of(), List.of(), List.of(), sha256);
  }

  /** Of a column of classes, or of a class for every token. */
  public static Facts labels(List<String> labels) {
    return plain(labels, List.of(), List.of(), "");
  }

  /** The same with how often the training split has each label. */
  public Facts counted(List<Long> counts) {
    return new Facts(labels, mean, deviation, tokenizer, step, history, counts);
  }

  /** Whether cells of both mean the same; how many have each label decides nothing about that. */
  public boolean meansAs(Facts other) {
    return counted(List.of()).equals(other.counted(List.of()));
  }

  /** Of a column of real numbers. */
  public static Facts scale(List<Double> mean, List<Double> deviation) {
    return plain(List.of(), mean, deviation, "");
  }

  /**
   * Of a column of series.
   *
   * @param channels what each is called
   * @param step the time between two steps
   * @param history steps before its own that a row's series has
   */
  public static Facts series(
      List<String> channels, List<Double> mean, List<Double> deviation, String step, int history) {
    return new Facts(channels, mean, deviation, "", step, history, List.of());
  }

  /** The cells with their numbers less the mean, by the deviation, as they lie in a dataset. */
  public Values scaled(Values cells) {
    if (mean.isEmpty() || !(cells instanceof Numbers numbers)) {
      return cells;
    }
    float[] values = numbers.values().clone();
    for (int i = 0; i < values.length; i++) {
      int channel = i % mean.size();
      values[i] = (float) ((values[i] - mean.get(channel)) / deviation.get(channel));
    }
    return new Numbers(values, numbers.length(), numbers.size(), numbers.lengths());
  }

  /** Refuses facts that are not of such a column. */
  void check(Column column) {
    boolean nameable = column.whole() || column.kind() == Column.Kind.SERIES;
    boolean named = labels.isEmpty() || (nameable && labels.size() == column.size());
    boolean scaled = mean.isEmpty() || (!column.whole() && mean.size() == column.width());
    boolean encoded = tokenizer.isEmpty() || column.kind() == Column.Kind.IDS;
    boolean timed = (step.isEmpty() && history == 0) || column.kind() == Column.Kind.SERIES;
    if (!named || !scaled || !encoded || !timed) {
      throw new IllegalArgumentException(
          "the facts of column %s are no such column's".formatted(column.name()));
    }
  }
}
