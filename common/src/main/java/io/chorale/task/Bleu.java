package io.chorale.task;

import java.util.List;
import java.util.regex.Pattern;

/**
 * BLEU of translations with one reference each (Papineni et al., 2002): the geometric mean of the
 * shares of their n-grams, of one to four words, that are in the reference, times a penalty where
 * they are shorter than the references. Counted over all of them before anything is divided.
 *
 * <p>As sacreBLEU computes it by default (Post, "A call for clarity in reporting BLEU scores",
 * 2018): words are those of its tokenizer 13a, upper and lower case differ, and an order without a
 * match counts half of one, the next such one a quarter (its smoothing {@code exp}).
 */
final class Bleu {
  /** Lengths of translations and references; for each order the matches; for each its n-grams. */
  static final int COUNTS = 10;

  private static final int ORDERS = 4;
  private static final int MATCHES = 2;
  private static final int TOTALS = MATCHES + ORDERS;

  private static final Pattern SYMBOL = Pattern.compile("([{-~\\[-` -&(-+:-@/])");
  private static final Pattern POINT_AFTER_OTHERS = Pattern.compile("([^0-9])([.,])");
  private static final Pattern POINT_BEFORE_OTHERS = Pattern.compile("([.,])([^0-9])");
  private static final Pattern DASH_AFTER_DIGIT = Pattern.compile("([0-9])(-)");

  private Bleu() {}

  /** What adds up over translations. */
  static double[] counts(String translation, String reference) {
    List<String> words = words(translation);
    List<String> expected = words(reference);
    double[] counts = new double[COUNTS];
    counts[0] = words.size();
    counts[1] = expected.size();
    for (int n = 1; n <= ORDERS; n++) {
      NGrams found = new NGrams(words, n);
      counts[MATCHES + n - 1] = found.in(new NGrams(expected, n));
      counts[TOTALS + n - 1] = found.total();
    }
    return counts;
  }

  /** The score, from 0 to 100, of what was added up. */
  static double score(double[] counts) {
    double logarithms = 0;
    double weight = 1; // of a match where there is none
    boolean matched = false;
    for (int n = 0; n < ORDERS; n++) {
      double matches = counts[MATCHES + n];
      double total = counts[TOTALS + n];
      matched |= matches > 0;
      if (matches == 0) {
        weight /= 2;
      }
      if (total == 0) {
        return 0;
      }
      logarithms += Math.log((matches == 0 ? weight : matches) / total);
    }
    double penalty = counts[0] < counts[1] ? Math.exp(1 - counts[1] / counts[0]) : 1;
    return matched ? 100 * penalty * Math.exp(logarithms / ORDERS) : 0;
  }

  /** The words of a text, punctuation apart: mteval-v13a's, which sacreBLEU calls 13a. */
  static List<String> words(String text) {
    String line = Blanks.stripTrailing(text);
    line = line.replace("<skipped>", "").replace("-\n", "").replace("\n", " ");
    line =
        line.replace("&quot;", "\"")
            .replace("&amp;", "&")
            .replace("&lt;", "<")
            .replace("&gt;", ">");
    line = SYMBOL.matcher(" " + line + " ").replaceAll(" $1 ");
    line = POINT_AFTER_OTHERS.matcher(line).replaceAll("$1 $2 ");
    line = POINT_BEFORE_OTHERS.matcher(line).replaceAll(" $1 $2");
    line = DASH_AFTER_DIGIT.matcher(line).replaceAll("$1 $2 ");
    return Blanks.split(line);
  }
}
