package io.chorale.data;

import io.chorale.config.DataSettings;
import java.util.Arrays;

/** Decides how many shards a split is cut into. */
public final class ShardCounts {
  private static final long TRAIN_BYTES = 8L << 20;
  private static final int LEAST_TRAIN = 16;
  private static final long HELD_OUT_TOKENS = 1L << 20;

  private ShardCounts() {}

  /**
   * Shards of the training split.
   *
   * @param bytes of text in it
   */
  public static int train(DataSettings settings, long bytes) {
    if (settings.shards() > 0) {
      return settings.shards();
    }
    return Math.max(LEAST_TRAIN, bySize(bytes));
  }

  private static int bySize(long bytes) {
    return Math.toIntExact((bytes + TRAIN_BYTES - 1) / TRAIN_BYTES);
  }

  /**
   * Shards of each source in the training split of what is added to a dataset: as large ones as it
   * has, since it has enough for its workers already, however little is added each time.
   *
   * @param bytes of text of each source
   */
  public static int[] added(DataSettings settings, long[] bytes) {
    int most = settings.shards() > 0 ? settings.shards() : Integer.MAX_VALUE;
    return Arrays.stream(bytes).mapToInt(own -> Math.max(1, Math.min(most, bySize(own)))).toArray();
  }

  /**
   * Shards of each source in the training split: as many as of a corpus of one source, by their
   * shares of it, and none without any.
   *
   * @param bytes of text of each source
   */
  public static int[] train(DataSettings settings, long[] bytes) {
    long all = Arrays.stream(bytes).sum();
    int shards = train(settings, all);
    return Arrays.stream(bytes)
        .mapToInt(own -> (int) Math.ceil((double) own / Math.max(1, all) * shards))
        .toArray();
  }

  /**
   * Shards of a validation or test split: few, because the first token of each is not predicted,
   * and enough to evaluate a large split on many machines.
   */
  public static int heldOut(long tokens) {
    return Math.toIntExact(Math.max(1, (tokens + HELD_OUT_TOKENS - 1) / HELD_OUT_TOKENS));
  }
}
