package io.chorale.task;

import java.util.List;

/**
 * chrF of translations with one reference each (Popović, "chrF: character n-gram F-score for
 * automatic MT evaluation", 2015), with recall weighed twice as much as precision: chrF2 as
 * sacreBLEU computes it by default, over n-grams of one to six characters, white space left out.
 * Precision and recall are means over the orders; counts are added over all translations before.
 */
final class Chrf {
  /** For each order: n-grams of the translations, those of the references, and the matches. */
  static final int COUNTS = 18;

  private static final int ORDERS = 6;
  private static final double FACTOR = 4; // beta squared

  private Chrf() {}

  /** What adds up over translations. */
  static double[] counts(String translation, String reference) {
    List<String> characters = characters(translation);
    List<String> expected = characters(reference);
    double[] counts = new double[COUNTS];
    for (int order = 0; order < ORDERS; order++) {
      NGrams found = new NGrams(characters, order + 1);
      NGrams wanted = new NGrams(expected, order + 1);
      // As sacreBLEU: what has nothing to be compared with does not count.
      counts[3 * order] = wanted.total() > 0 ? found.total() : 0;
      counts[3 * order + 1] = wanted.total();
      counts[3 * order + 2] = found.in(wanted);
    }
    return counts;
  }

  /** The score, from 0 to 100, of what was added up. */
  static double score(double[] counts) {
    double precision = 0;
    double recall = 0;
    int orders = 0;
    for (int order = 0; order < ORDERS; order++) {
      double found = counts[3 * order];
      double wanted = counts[3 * order + 1];
      if (found > 0 && wanted > 0) {
        precision += counts[3 * order + 2] / found;
        recall += counts[3 * order + 2] / wanted;
        orders++;
      }
    }
    if (precision + recall == 0) {
      return 0;
    }
    return 100
        * (1 + FACTOR)
        * (precision / orders)
        * (recall / orders)
        / (FACTOR * (precision / orders) + recall / orders);
  }

  private static List<String> characters(String text) {
    return String.join("", Blanks.split(text)).codePoints().mapToObj(Character::toString).toList();
  }
}
