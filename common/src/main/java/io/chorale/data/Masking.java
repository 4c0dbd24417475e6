package io.chorale.data;

import io.chorale.random.SplitMix64;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Hides some tokens of each text, for a model to find them from all others. Of those that it must
 * find, 80 % are replaced by a mask, 10 % by a random token, and 10 % stay as they are, so that the
 * model cannot trust any token (Devlin et al., "BERT", 2019).
 *
 * @param vocabulary V: tokens are below it, and the mask is the id after them
 * @param share of the tokens of a text that the model must find, above 0 and at most 1
 */
public record Masking(int vocabulary, double share) implements Preparation {
  /** The column of a batch that holds the hidden tokens, and {@link Batch#IGNORED} elsewhere. */
  public static final String HIDDEN = "hidden";

  private static final double MASKED = 0.8;
  private static final double MASKED_OR_RANDOM = 0.9;

  /** How many tokens of a text the model must find: at least one. */
  public int hidden(long length) {
    return (int) Math.max(1, Math.round(share * length));
  }

  @Override
  public Row prepare(Row row, long... seeds) {
    int[] text = ((Ids) row.cell(Column.TEXT)).values().clone();
    int[] hidden = new int[text.length];
    Arrays.fill(hidden, Batch.IGNORED);
    SplitMix64 random = SplitMix64.of(seeds);
    int[] places = IntStream.range(0, text.length).toArray();
    for (int i = 0; i < hidden(text.length); i++) {
      // The first steps of a shuffle (Fisher and Yates): no place is drawn twice.
      int j = i + (int) random.below(text.length - i);
      int place = places[j];
      places[j] = places[i];
      hidden[place] = text[place];
      double how = random.nextDouble();
      if (how < MASKED) {
        text[place] = vocabulary;
      } else if (how < MASKED_OR_RANDOM) {
        text[place] = (int) random.below(vocabulary);
      }
    }
    return new Row(Map.of(Column.TEXT, Ids.of(text), HIDDEN, Ids.of(hidden)));
  }

  /** About: the number is rounded row by row, and a manifest does not have every row's length. */
  @Override
  public long predictions(ShardFacts shard, String target) {
    return Math.max(shard.rows(), Math.round(share * shard.elements(Column.TEXT)));
  }
}
