package io.chorale.data;

import java.util.function.IntFunction;

/**
 * The batches of a {@link TokenStream}. Successive steps cost O(B·T) each; another window costs
 * reading its shards. Thread-safe.
 */
final class StreamSource implements BatchSource {
  private static final long PHASE_SEED = 2;
  private static final long BLOCKS_SEED = 3;

  private final TokenStream stream;
  private final ShardSequence<Targets> shards;
  private final long batchesPerEpoch;
  private final long windowBatches;
  private final long phases;

  // The place of the latest batch; all of it follows from the step.
  private long epoch = -1;
  private long window = -1;
  private long phase;
  private int[] blocks;

  StreamSource(TokenStream stream, IntFunction<Targets> loader, int[] shards, long[] shardTokens) {
    this.stream = stream;
    this.shards = new ShardSequence<>(loader, shards, shardTokens, stream.seed());
    long tokens = this.shards.size();
    long batchTokens = (long) stream.batch() * stream.context();
    this.batchesPerEpoch = stream.batchesPerEpoch(tokens);
    // A window is a whole number of batches, so that no batch needs two of them.
    this.windowBatches =
        Math.max(1, Math.min(stream.window() / batchTokens, (1 << 30) / stream.batch()));
    this.phases = tokens - batchesPerEpoch * batchTokens;
  }

  @Override
  public long batchesPerEpoch() {
    return batchesPerEpoch;
  }

  @Override
  public synchronized Batch batch(long step) {
    enter(step / batchesPerEpoch, step % batchesPerEpoch / windowBatches);
    int batch = stream.batch();
    int context = stream.context();
    long inWindow = step % batchesPerEpoch % windowBatches;
    int[] inputs = new int[batch * context];
    int[] targets = new int[batch * context];
    for (int row = 0; row < batch; row++) {
      long number =
          stream.carries()
              ? row * batchesIn(window) + inWindow
              : blocks[(int) (inWindow * batch + row)];
      long begin = begin(window) + number * context;
      read(begin, inputs, row * context, false);
      read(begin + 1, targets, row * context, true);
    }
    return stream.batch(
        Ids.full(inputs, context),
        targets,
        Targets.counted(targets),
        stream.carries() && inWindow > 0);
  }

  private long batchesIn(long index) {
    return Math.min(windowBatches, batchesPerEpoch - index * windowBatches);
  }

  /** Where a window begins in the stream of this epoch. */
  private long begin(long index) {
    return phase + index * windowBatches * stream.batch() * stream.context();
  }

  private void enter(long wantedEpoch, long wantedWindow) {
    if (epoch == wantedEpoch && window == wantedWindow) {
      return;
    }
    // Set last, so that a shard that cannot be read leaves no half-entered window behind.
    window = -1;
    if (epoch != wantedEpoch) {
      shards.enter(wantedEpoch);
      phase = Shuffle.number(phases, PHASE_SEED, stream.seed(), shards.first(), wantedEpoch);
      epoch = wantedEpoch;
    }
    long count = batchesIn(wantedWindow) * stream.batch();
    if (!stream.carries()) {
      blocks =
          Shuffle.of(
              (int) count, BLOCKS_SEED, stream.seed(), shards.first(), wantedEpoch, wantedWindow);
    }
    // The last input needs a target.
    shards.hold(begin(wantedWindow), begin(wantedWindow) + count * stream.context());
    window = wantedWindow;
  }

  /**
   * Reads a block of the stream.
   *
   * @param predicted whether as targets
   */
  private void read(long from, int[] into, int at, boolean predicted) {
    int read = 0;
    for (int i = shards.position(from); read < stream.context(); i++) {
      Targets found = shards.shard(i);
      int start = (int) (from + read - shards.begin(i));
      int count = Math.min(stream.context() - read, found.length() - start);
      if (predicted) {
        found.copy(start, into, at + read, count);
      } else {
        found.tokens().copy(start, into, at + read, count);
      }
      read += count;
    }
  }
}
