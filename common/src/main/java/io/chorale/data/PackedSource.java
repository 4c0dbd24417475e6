package io.chorale.data;

import java.util.Arrays;
import java.util.function.IntFunction;

/**
 * The batches of {@link PackedDocuments}. Successive steps cost O(B·T) each; another window costs
 * reading and packing its shards. Thread-safe.
 */
final class PackedSource implements BatchSource {
  private static final long PHASE_SEED = 2;
  private static final long PIECES_SEED = 10;
  private static final long ROWS_SEED = 11;

  private final PackedDocuments feed;
  private final ShardSequence<Pieces> shards;
  private final long batchesPerEpoch;
  private final long windowBatches;
  private final long phases;

  // The place of the latest batch; all of it follows from the step.
  private long epoch = -1;
  private long window = -1;
  private long phase;
  private Window entered;

  PackedSource(PackedDocuments feed, IntFunction<Pieces> loader, int[] shards, long[] shardTokens) {
    this.feed = feed;
    this.shards = new ShardSequence<>(loader, shards, shardTokens, feed.seed());
    long tokens = this.shards.size();
    long batchTokens = (long) feed.batch() * feed.context();
    this.batchesPerEpoch = feed.batchesPerEpoch(tokens);
    // A window is a whole number of batches, so that no batch needs two of them.
    this.windowBatches =
        Math.max(1, Math.min(feed.window() / batchTokens, (1 << 30) / batchTokens));
    this.phases = tokens - batchesPerEpoch * batchTokens + 1;
  }

  @Override
  public long batchesPerEpoch() {
    return batchesPerEpoch;
  }

  @Override
  public synchronized Batch batch(long step) {
    enter(step / batchesPerEpoch, step % batchesPerEpoch / windowBatches);
    int first = (int) (step % batchesPerEpoch % windowBatches) * feed.batch();
    return entered.batch(first);
  }

  private void enter(long wantedEpoch, long wantedWindow) {
    if (epoch == wantedEpoch && window == wantedWindow) {
      return;
    }
    // Set last, so that a shard that cannot be read leaves no half-entered window behind.
    window = -1;
    entered = null;
    if (epoch != wantedEpoch) {
      shards.enter(wantedEpoch);
      phase = Shuffle.number(phases, PHASE_SEED, feed.seed(), shards.first(), wantedEpoch);
      epoch = wantedEpoch;
    }
    long batches = Math.min(windowBatches, batchesPerEpoch - wantedWindow * windowBatches);
    long batchTokens = (long) feed.batch() * feed.context();
    long begin = phase + wantedWindow * windowBatches * batchTokens;
    long end = begin + batches * batchTokens;
    shards.hold(begin, end - 1);
    entered = new Window(begin, end, wantedWindow);
    window = wantedWindow;
  }

  /**
   * The pieces that begin in a stretch of the sequence of shards, packed. They overlap the stretch
   * by less than a piece at both ends, so they fill at least as many rows as it has room for.
   */
  private final class Window {
    private final int first; // position of the first shard
    private final int[] firstPieces; // of each shard in the window
    private final int[] ends; // of each shard's pieces among those of the window
    private final int[] shuffled; // the pieces of the window in the order in which they were packed
    private final BestFit packed;
    private final int[] rows;

    Window(long begin, long end, long number) {
      first = shards.position(begin);
      int count = shards.position(end - 1) - first + 1;
      firstPieces = new int[count];
      ends = new int[count];
      int all = 0;
      for (int i = 0; i < count; i++) {
        Pieces pieces = shards.shard(first + i);
        long at = shards.begin(first + i);
        firstPieces[i] = pieces.firstFrom(begin - at);
        all += pieces.firstFrom(end - at) - firstPieces[i];
        ends[i] = all;
      }
      // Of equally long pieces, which share a row is random.
      shuffled = shuffle(all, PIECES_SEED, number);
      packed = BestFit.of(Arrays.stream(shuffled).map(this::length).toArray(), feed.context());
      rows = shuffle(packed.rows(), ROWS_SEED, number);
    }

    private int[] shuffle(int count, long purpose, long number) {
      return Shuffle.of(count, purpose, feed.seed(), shards.first(), epoch, number);
    }

    /** Which shard of the window a piece is in. */
    private int shard(int piece) {
      int found = Arrays.binarySearch(ends, piece);
      int shard = found < 0 ? -found - 1 : found + 1;
      // A shard in which no piece begins ends where the one before it does.
      while (ends[shard] == piece) {
        shard++;
      }
      return shard;
    }

    private Pieces pieces(int shard) {
      return shards.shard(first + shard);
    }

    private int inShard(int piece, int shard) {
      return firstPieces[shard] + piece - (shard == 0 ? 0 : ends[shard - 1]);
    }

    private int length(int piece) {
      int shard = shard(piece);
      return pieces(shard).length(inShard(piece, shard));
    }

    /** A batch of rows, from one on in the order of the window. */
    Batch batch(int from) {
      int[][] chosen = new int[feed.batch()][];
      int longest = 0;
      for (int row = 0; row < chosen.length; row++) {
        chosen[row] =
            Arrays.stream(packed.row(rows[from + row])).map(item -> shuffled[item]).toArray();
        longest = Math.max(longest, Arrays.stream(chosen[row]).map(this::length).sum());
      }
      PackedRows batch = new PackedRows(chosen.length, longest);
      for (int row = 0; row < chosen.length; row++) {
        for (int piece : chosen[row]) {
          int shard = shard(piece);
          batch.add(row, pieces(shard), inShard(piece, shard));
        }
      }
      return batch.batch(feed.column());
    }
  }
}
