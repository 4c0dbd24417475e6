package io.chorale.data;

import io.chorale.config.ChoraleException;
import io.chorale.config.DataSettings;
import io.chorale.config.DatasetSplit;
import java.io.Serializable;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Assigns each token to a split and shard when the last part of the corpus is held out ({@code
 * data.split: tail}).
 *
 * <p>The corpus, in its order, is one stream of tokens. The first share of it trains, the next one
 * validates, the last one tests; a split that has files of its own is their tokens. Each split is
 * cut into pieces, which are its rows. The pieces of the training split are dealt round robin to
 * its S shards, each group of S successive ones beginning at a pseudo-random shard: a shard holds
 * one piece of each group, so shards differ by at most one piece and sample the whole text evenly.
 * Held-out splits stay contiguous and in order.
 */
public final class TailLayout implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final int SPLITS = DatasetSplit.values().length;
  private static final long DEAL_SEED = 0x7461696cL;

  private final int piece;

  // Of each split, places in the stream.
  private final long[] begins;
  private final long[] ends;

  private final int[] shards = new int[SPLITS];
  private final long[] shardPieces = new long[SPLITS];

  /**
   * A run of tokens that lands in one place.
   *
   * @param split where it goes
   * @param shard where it goes
   * @param offset of its first token in the split: what the shard's tokens are ordered by
   * @param from its first token among those that were dealt
   * @param to the token after its last
   * @param endsRow whether the row ends after it
   */
  public record Run(
      DatasetSplit split, int shard, long offset, int from, int to, boolean endsRow) {}

  /**
   * Lays the splits out. Shares are cut off the end of the training split's files.
   *
   * @param settings with shares of 0 for splits that have files of their own
   * @param tokens in the files of each split, which follow each other in the order of the splits;
   *     all of them are in the first where no split has files of its own
   * @param bytes of the whole corpus, as text
   */
  public static TailLayout of(DataSettings settings, long[] tokens, long bytes) {
    // In decimal: 0.9 is no binary fraction, and 1 - 0.1 is not 0.9.
    BigDecimal test = BigDecimal.valueOf(settings.test());
    BigDecimal train = BigDecimal.ONE.subtract(BigDecimal.valueOf(settings.validation()));
    BigDecimal all = BigDecimal.valueOf(tokens[0]);
    // Of the training split's files, share by share: where each begins, and the last one ends.
    long[] shares = {
      0,
      train.subtract(test).multiply(all).longValue(),
      BigDecimal.ONE.subtract(test).multiply(all).longValue(),
      tokens[0]
    };
    long[] begins = new long[SPLITS];
    long[] ends = new long[SPLITS];
    long files = 0;
    for (int split = 0; split < SPLITS; split++) {
      boolean hasFiles = split > 0 && tokens[split] > 0;
      begins[split] = hasFiles ? files : shares[split];
      ends[split] = hasFiles ? files + tokens[split] : shares[split + 1];
      files += tokens[split];
    }
    return new TailLayout(settings, begins, ends, bytes);
  }

  private TailLayout(DataSettings settings, long[] begins, long[] ends, long bytes) {
    this.piece = settings.piece();
    this.begins = begins;
    this.ends = ends;
    long tokens = Arrays.stream(DatasetSplit.values()).mapToLong(this::tokens).sum();
    if (ends[0] == 0) {
      throw new ChoraleException(
          "Cannot split the corpus: it has %d tokens, expected enough for a training split. Use a larger corpus or share of it, or lower data.validation and data.test."
              .formatted(tokens));
    }
    for (DatasetSplit split : DatasetSplit.values()) {
      long pieces = pieces(split);
      if (split == DatasetSplit.TRAIN) {
        long trainBytes = (long) ((double) bytes * ends[0] / tokens);
        shards[0] = (int) Math.min(ShardCounts.train(settings, trainBytes), pieces);
      } else if (pieces > 0) {
        long most = ShardCounts.heldOut(tokens(split));
        long each = (pieces + most - 1) / most;
        shardPieces[split.ordinal()] = each;
        shards[split.ordinal()] = (int) ((pieces + each - 1) / each);
      }
    }
  }

  /** Tokens of a split. */
  public long tokens(DatasetSplit split) {
    return ends[split.ordinal()] - begin(split);
  }

  /** Shards of a split: never an empty one, so fewer than wanted where the pieces are too few. */
  public int shards(DatasetSplit split) {
    return shards[split.ordinal()];
  }

  /**
   * Deals successive tokens.
   *
   * @param start place of the first of them in the stream of the whole corpus
   * @param count tokens
   */
  public List<Run> deal(long start, int count) {
    List<Run> runs = new ArrayList<>();
    for (int from = 0; from < count; ) {
      long place = start + from;
      DatasetSplit split = splitOf(place);
      long offset = place - begin(split);
      long number = offset / piece;
      long end = Math.min((number + 1) * piece, tokens(split));
      int to = (int) Math.min(count, from + end - offset);
      boolean endsRow = offset + (to - from) == end;
      runs.add(new Run(split, shard(split, number), offset, from, to, endsRow));
      from = to;
    }
    return runs;
  }

  private DatasetSplit splitOf(long place) {
    for (DatasetSplit split : DatasetSplit.values()) {
      if (place >= begin(split) && place < ends[split.ordinal()]) {
        return split;
      }
    }
    throw new IllegalArgumentException("place must be in a split (got: %d)".formatted(place));
  }

  private int shard(DatasetSplit split, long number) {
    if (split != DatasetSplit.TRAIN) {
      return (int) (number / shardPieces[split.ordinal()]);
    }
    int count = shards(split);
    long group = number / count;
    return (int) ((number + Shuffle.number(count, DEAL_SEED, group)) % count);
  }

  private long begin(DatasetSplit split) {
    return begins[split.ordinal()];
  }

  private long pieces(DatasetSplit split) {
    return (tokens(split) + piece - 1) / piece;
  }
}
