package io.chorale.task;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Sums from which the measures of translations are made, which add up over rows: the loss in nats,
 * the tokens, and where texts were written, the rows, those that are equal to their target id by
 * id, and the counts of {@link Bleu} and {@link ChrF}.
 */
final class TranslationCounts {
  private static final int NATS = 0;
  private static final int TOKENS = 1;
  private static final int ROWS = 2;
  private static final int EXACT = 3;
  private static final int BLEU = 4;
  private static final int CHRF = BLEU + Bleu.COUNTS;

  private final double[] sums = new double[CHRF + Chrf.COUNTS];

  TranslationCounts(double nats, long tokens) {
    sums[NATS] = nats;
    sums[TOKENS] = tokens;
  }

  /** Adds a text that was written for a target. */
  void add(String written, String target, boolean exact) {
    sums[ROWS]++;
    sums[EXACT] += exact ? 1 : 0;
    add(Bleu.counts(written, target), BLEU);
    add(Chrf.counts(written, target), CHRF);
  }

  private void add(double[] counts, int at) {
    for (int i = 0; i < counts.length; i++) {
      sums[at + i] += counts[i];
    }
  }

  /**
   * The sums.
   *
   * @param texts whether texts were written
   */
  double[] sums(boolean texts) {
    return texts ? sums : Arrays.copyOf(sums, ROWS);
  }

  /** Tokens of the targets. */
  static long predictions(double[] sums) {
    return (long) sums[TOKENS];
  }

  static Map<String, Double> read(double[] sums) {
    Map<String, Double> measures = new LinkedHashMap<>();
    measures.put(Task.LOSS, sums[NATS] / sums[TOKENS]);
    measures.put("perplexity", Math.exp(sums[NATS] / sums[TOKENS]));
    if (sums.length > ROWS) {
      measures.put("exact_match", sums[EXACT] / sums[ROWS]);
      measures.put("bleu", Bleu.score(Arrays.copyOfRange(sums, BLEU, CHRF)));
      measures.put("chrf", Chrf.score(Arrays.copyOfRange(sums, CHRF, sums.length)));
    }
    return measures;
  }
}
