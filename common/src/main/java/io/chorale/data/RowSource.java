package io.chorale.data;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * The batches of {@link RowBatches}. Successive steps cost O(B·T) each; another window costs
 * reading its shards. Thread-safe.
 */
final class RowSource implements BatchSource {
  private static final long PHASE_SEED = 2;
  private static final long ROWS_SEED = 4;
  private static final long BATCHES_SEED = 5;

  /**
   * Batches whose rows are sorted by length together: enough that a batch's rows are about equal.
   */
  static final int POOL = 64;

  private final RowBatches feed;
  private final ShardSequence<Shard> shards;
  private final int batch;
  private final long batchesPerEpoch;
  private final long windowBatches;
  private final long phases;

  // The place of the latest batch; all of it follows from the step.
  private long epoch = -1;
  private long window = -1;
  private long phase;
  private long begin;
  private int[] order;

  /**
   * @param all shards of the split
   */
  RowSource(RowBatches feed, IntFunction<Shard> loader, int[] shards, List<ShardFacts> all) {
    this.feed = feed;
    long[] sizes = all.stream().mapToLong(ShardFacts::rows).toArray();
    this.shards = new ShardSequence<>(loader, shards, sizes, feed.seed());
    long rows = this.shards.size();
    long tokens = 0;
    for (int pass : shards) {
      tokens += feed.tokens(all.get(pass % all.size()));
    }
    this.batch = (int) Math.min(feed.batch(), rows);
    this.batchesPerEpoch = feed.batchesPerEpoch(rows);
    // A window is a whole number of batches, so that no batch needs two of them.
    double wanted = (double) feed.window() * rows / tokens / batch;
    this.windowBatches = Math.max(1, Math.min((long) wanted, (1 << 30) / batch));
    this.phases = rows - batchesPerEpoch * batch + 1;
  }

  @Override
  public long batchesPerEpoch() {
    return batchesPerEpoch;
  }

  @Override
  public synchronized Batch batch(long step) {
    enter(step / batchesPerEpoch, step % batchesPerEpoch / windowBatches);
    int inWindow = (int) (step % batchesPerEpoch % windowBatches);
    List<Row> rows = new ArrayList<>();
    for (int i = inWindow * batch; i < (inWindow + 1) * batch; i++) {
      int position = position(order[i]);
      Shard shard = shards.shard(position);
      rows.add(feed.trained(shard, epoch, shards.number(position), rowOf(order[i], position)));
    }
    return feed.batch(rows);
  }

  /** The shard of a row of the window. */
  private int position(int row) {
    return shards.position(begin + row);
  }

  /** The place of a row of the window in its shard. */
  private int rowOf(int row, int position) {
    return (int) (begin + row - shards.begin(position));
  }

  private int length(int row) {
    int position = position(row);
    return feed.length(shards.shard(position), rowOf(row, position));
  }

  private void enter(long wantedEpoch, long wantedWindow) {
    if (epoch == wantedEpoch && window == wantedWindow) {
      return;
    }
    // Set last, so that a shard that cannot be read leaves no half-entered window behind.
    window = -1;
    if (epoch != wantedEpoch) {
      shards.enter(wantedEpoch);
      phase = Shuffle.number(phases, PHASE_SEED, feed.seed(), shards.first(), wantedEpoch);
      epoch = wantedEpoch;
    }
    begin = phase + wantedWindow * windowBatches * batch;
    long batches = Math.min(windowBatches, batchesPerEpoch - wantedWindow * windowBatches);
    shards.hold(begin, begin + batches * batch - 1);
    order = order((int) batches, wantedWindow);
    window = wantedWindow;
  }

  /** The rows of the window in the order of its batches. */
  private int[] order(int batches, long window) {
    int[] shuffled =
        Shuffle.of(batches * batch, ROWS_SEED, feed.seed(), shards.first(), epoch, window);
    int[] ordered = new int[shuffled.length];
    for (int from = 0; from < batches; from += POOL) {
      int to = Math.min(batches, from + POOL);
      RowBatches.sortByLength(shuffled, from * batch, to * batch, this::length);
      int[] places =
          Shuffle.of(to - from, BATCHES_SEED, feed.seed(), shards.first(), epoch, window, from);
      for (int i = 0; i < places.length; i++) {
        System.arraycopy(shuffled, (from + places[i]) * batch, ordered, (from + i) * batch, batch);
      }
    }
    return ordered;
  }
}
