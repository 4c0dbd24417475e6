package io.chorale.data;

import io.chorale.config.ChoraleException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * The batches of {@link SeriesWindows}. Successive steps cost O(B·(L + H)) each; another stretch
 * costs reading its shards. Thread-safe.
 */
final class SeriesSource implements BatchSource {
  private static final long PHASE_SEED = 8;
  private static final long WINDOWS_SEED = 9;

  private final SeriesWindows feed;
  private final ShardSequence<WindowIndex> shards;
  private final int batch;
  private final long batchesPerEpoch;
  private final long stretchBatches;
  private final long phases;

  // The place of the latest batch; all of it follows from the step.
  private long epoch = -1;
  private long stretch = -1;
  private long phase;
  private long begin;
  private int[] order;

  /**
   * @param all shards of the split
   */
  SeriesSource(
      SeriesWindows feed, IntFunction<WindowIndex> loader, int[] shards, List<ShardFacts> all) {
    this.feed = feed;
    long[] sizes = all.stream().mapToLong(feed::windows).toArray();
    this.shards = new ShardSequence<>(checked(loader, all, sizes), shards, sizes, feed.seed());
    long windows = this.shards.size();
    long steps = 0;
    for (int pass : shards) {
      ShardFacts shard = all.get(pass % all.size());
      steps += shard.elements(Column.SERIES) + shard.elements(Column.HISTORY);
    }
    this.batch = (int) Math.min(feed.batch(), windows);
    this.batchesPerEpoch = feed.batchesPerEpoch(windows);
    // A stretch is a whole number of batches, so that no batch needs two of them.
    double wanted = (double) feed.stretch() * windows / steps / batch;
    this.stretchBatches = Math.max(1, Math.min((long) wanted, (1 << 30) / batch));
    this.phases = windows - batchesPerEpoch * batch + 1;
  }

  /** The order is arithmetic on the manifest, so shards must hold what that says. */
  private static IntFunction<WindowIndex> checked(
      IntFunction<WindowIndex> loader, List<ShardFacts> all, long[] sizes) {
    return shard -> {
      WindowIndex index = loader.apply(shard);
      if (index.size() != sizes[shard]) {
        throw new ChoraleException(
            "Cannot read shard %s: it has %,d windows, expected %,d by the manifest. Its rows are not as tokenize cuts them; tokenize again."
                .formatted(all.get(shard).name(), index.size(), sizes[shard]));
      }
      return index;
    };
  }

  @Override
  public long batchesPerEpoch() {
    return batchesPerEpoch;
  }

  @Override
  public synchronized Batch batch(long step) {
    enter(step / batchesPerEpoch, step % batchesPerEpoch / stretchBatches);
    int inStretch = (int) (step % batchesPerEpoch % stretchBatches);
    List<WindowIndex.Window> windows = new ArrayList<>();
    for (int i = inStretch * batch; i < (inStretch + 1) * batch; i++) {
      long place = begin + order[i];
      int position = shards.position(place);
      windows.add(shards.shard(position).window((int) (place - shards.begin(position))));
    }
    return feed.batch(windows);
  }

  private void enter(long wantedEpoch, long wantedStretch) {
    if (epoch == wantedEpoch && stretch == wantedStretch) {
      return;
    }
    // Set last, so that a shard that cannot be read leaves no half-entered stretch behind.
    stretch = -1;
    if (epoch != wantedEpoch) {
      shards.enter(wantedEpoch);
      phase = Shuffle.number(phases, PHASE_SEED, feed.seed(), shards.first(), wantedEpoch);
      epoch = wantedEpoch;
    }
    begin = phase + wantedStretch * stretchBatches * batch;
    long batches = Math.min(stretchBatches, batchesPerEpoch - wantedStretch * stretchBatches);
    int windows = (int) batches * batch;
    shards.hold(begin, begin + windows - 1);
    order =
        Shuffle.of(windows, WINDOWS_SEED, feed.seed(), shards.first(), wantedEpoch, wantedStretch);
    stretch = wantedStretch;
  }
}
