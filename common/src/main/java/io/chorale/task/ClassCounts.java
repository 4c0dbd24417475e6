package io.chorale.task;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Counts of predicted classes, from which the measures of a classification follow: sums that add up
 * over rows. With K classes: the loss in nats, then for each class the rows that are of it, that
 * were taken for it, and that were both.
 */
final class ClassCounts {
  static final String ACCURACY = "accuracy";
  private static final String MACRO_F1 = "macro_f1";
  private static final int EACH = 3;
  private static final int ACTUAL = 0;
  private static final int PREDICTED = 1;
  private static final int CORRECT = 2;

  private final double[] sums; // [1 + 3 K]

  ClassCounts(int classes, double nats) {
    sums = new double[1 + EACH * classes];
    sums[0] = nats;
  }

  void add(int actual, int predicted) {
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
   * The mean loss; the share of rows that were classified correctly; and the mean over all classes
   * that occur of F1, the harmonic mean of precision and recall.
   */
  static Map<String, Double> read(double[] sums) {
    double rows = 0;
    double correct = 0;
    double f1 = 0;
    int occurring = 0;
    for (int label = 0; label < sums.length / EACH; label++) {
      double actual = sums[place(label, ACTUAL)];
      double predicted = sums[place(label, PREDICTED)];
      double both = sums[place(label, CORRECT)];
      rows += actual;
      correct += both;
      if (actual + predicted > 0) {
        f1 += 2 * both / (actual + predicted);
        occurring++;
      }
    }
    Map<String, Double> measures = new LinkedHashMap<>();
    measures.put(Task.LOSS, sums[0] / rows);
    measures.put(ACCURACY, correct / rows);
    measures.put(MACRO_F1, f1 / occurring);
    return measures;
  }

  private static int place(int label, int what) {
    return 1 + EACH * label + what;
  }
}
