package io.chorale.task;

import io.chorale.data.Batch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Counts of predicted classes, from which the measures of a classification follow: sums that add up
 * over rows. With K classes: the loss in nats, then how often each class was taken for each [K, K];
 * beyond {@link #MOST_OF_MATRIX} classes, for each the times that it was due, that it was
 * predicted, and both [K, 3].
 */
final class ClassCounts {
  static final String ACCURACY = "accuracy";
  static final int MOST_OF_MATRIX = 64;

  private static final String MACRO_F1 = "macro_f1";
  private static final int EACH = 3;
  private static final int ACTUAL = 0;
  private static final int PREDICTED = 1;
  private static final int CORRECT = 2;

  private final int classes;
  private final boolean full;
  private final double[] sums;

  /** Counts to be added to. */
  ClassCounts(int classes, double nats) {
    this(classes, new double[1 + classes * (classes <= MOST_OF_MATRIX ? classes : EACH)]);
    sums[0] = nats;
  }

  /** Counts that were added up. */
  ClassCounts(int classes, double[] sums) {
    this.classes = classes;
    this.full = classes <= MOST_OF_MATRIX;
    this.sums = sums;
  }

  /** Counts a prediction; one of {@link Batch#IGNORED} is none. */
  void add(int actual, int predicted) {
    if (actual == Batch.IGNORED) {
      return;
    }
    if (full) {
      sums[1 + actual * classes + predicted]++;
      return;
    }
    sums[place(actual, ACTUAL)]++;
    sums[place(predicted, PREDICTED)]++;
    if (actual == predicted) {
      sums[place(actual, CORRECT)]++;
    }
  }

  double[] sums() {
    return sums;
  }

  /**
   * The mean loss; the share of predictions that are correct; and the mean over all classes that
   * occur or are predicted of F1, the harmonic mean of precision and recall.
   */
  Map<String, Double> measures() {
    double correct = 0;
    for (int label = 0; label < classes; label++) {
      correct += count(label, CORRECT);
    }
    List<Double> f1 = f1().stream().filter(Double::isFinite).toList();
    Map<String, Double> measures = new LinkedHashMap<>();
    measures.put(Task.LOSS, sums[0] / predictions());
    measures.put(ACCURACY, correct / predictions());
    measures.put(MACRO_F1, f1.stream().mapToDouble(value -> value).sum() / f1.size());
    return measures;
  }

  long predictions() {
    double predictions = 0;
    for (int label = 0; label < classes; label++) {
      predictions += count(label, ACTUAL);
    }
    return (long) predictions;
  }

  /** F1 of each class; not a number where it neither occurs nor is predicted. */
  List<Double> f1() {
    List<Double> f1 = new ArrayList<>();
    for (int label = 0; label < classes; label++) {
      double both = 2 * count(label, CORRECT);
      f1.add(both / (count(label, ACTUAL) + count(label, PREDICTED)));
    }
    return f1;
  }

  /** How often each class was taken for each: a list of each class; empty beyond so many. */
  List<List<Long>> matrix() {
    if (!full) {
      return List.of();
    }
    List<List<Long>> matrix = new ArrayList<>();
    for (int label = 0; label < classes; label++) {
      int row = 1 + label * classes;
      matrix.add(IntStream.range(row, row + classes).mapToObj(i -> (long) sums[i]).toList());
    }
    return matrix;
  }

  private double count(int label, int what) {
    if (!full) {
      return sums[place(label, what)];
    }
    if (what == CORRECT) {
      return sums[1 + label * classes + label];
    }
    double count = 0;
    for (int other = 0; other < classes; other++) {
      count +=
          what == ACTUAL ? sums[1 + label * classes + other] : sums[1 + other * classes + label];
    }
    return count;
  }

  private static int place(int label, int what) {
    return 1 + EACH * label + what;
  }
}
