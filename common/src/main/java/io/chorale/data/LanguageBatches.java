package io.chorale.data;

import io.chorale.config.DatasetSplit;
import io.chorale.config.ModelSettings;
import io.chorale.config.SettingsException;
import io.chorale.config.TrainSettings;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * The batches of a language model: what its worker's shards hold, read as one stream of tokens, cut
 * into blocks of {@code train.context} inputs whose targets are the tokens one further.
 *
 * <p>Each epoch puts the shards in an order of its own and begins to cut at a place of its own, so
 * that blocks differ between epochs; it shows every token once, save those before that place and
 * those at the end that fill no batch. The stream is gone through in windows of at most {@code
 * train.shuffle-window} tokens (but at least a batch); only the shards of one window are held.
 *
 * <ul>
 *   <li>Shuffled, for a transformer: the blocks of a window come in random order.
 *   <li>In lanes, for a recurrent model: row r of the window's batches reads the r-th of B equal
 *       parts of the window from its begin to its end, so state can be carried from batch to batch;
 *       it begins anew with each window.
 * </ul>
 *
 * <p>Successive steps cost O(B·T) each; another window costs reading its shards. Thread-safe.
 */
public final class LanguageBatches implements BatchSource {
  private static final long SHARDS_SEED = 1;
  private static final long PHASE_SEED = 2;
  private static final long BLOCKS_SEED = 3;

  private final IntFunction<Tokens> loader;
  private final int[] shards;
  private final long[] shardTokens;
  private final int context;
  private final int batch;
  private final long seed;
  private final boolean lanes;
  private final long batchesPerEpoch;
  private final long windowBatches;
  private final long phases;

  // The place of the latest batch; all of it follows from the step.
  private long epoch = -1;
  private long window = -1;
  private int[] order;
  private long[] ends;
  private long phase;
  private int[] blocks;
  private final Map<Integer, Tokens> held = new HashMap<>();

  /**
   * @param loader reads a shard, by its index in the split
   * @param shards of this worker
   * @param shardTokens tokens of every shard of the split
   * @param lanes whether state is carried: see above
   * @throws SettingsException where the worker's shards do not fill one batch
   */
  public LanguageBatches(
      IntFunction<Tokens> loader,
      int[] shards,
      long[] shardTokens,
      TrainSettings settings,
      boolean lanes) {
    this.loader = loader;
    this.shards = shards.clone();
    this.shardTokens = shardTokens.clone();
    this.context = settings.context();
    this.batch = settings.batch();
    this.seed = settings.seed();
    this.lanes = lanes;
    long tokens = 0;
    for (int shard : shards) {
      tokens += shardTokens[shard];
    }
    this.batchesPerEpoch = batchesPerEpoch(tokens, settings);
    // A window is a whole number of batches, so that no batch needs two of them.
    this.windowBatches =
        Math.max(1, Math.min(settings.shuffleWindow() / batchTokens(settings), (1 << 30) / batch));
    this.phases = tokens - batchesPerEpoch * batchTokens(settings);
  }

  /** The batches of a worker that owns those shards of the training split. */
  public static LanguageBatches of(
      Dataset dataset, int[] shards, TrainSettings train, ModelSettings model) {
    return new LanguageBatches(
        shard -> dataset.tokens(DatasetSplit.TRAIN, shard),
        shards,
        dataset.shardTokens(DatasetSplit.TRAIN),
        train,
        model.recurrent());
  }

  /**
   * Batches of one pass over that many tokens.
   *
   * @throws SettingsException where there is none: the context is too long for the data
   */
  public static long batchesPerEpoch(long tokens, TrainSettings settings) {
    // The last input needs a target.
    long batches = (tokens - 1) / batchTokens(settings);
    if (batches < 1) {
      throw new SettingsException(
          "Cannot train on %d tokens a worker: a batch of %d blocks of %d tokens needs %d, expected at least one batch. Lower train.context, train.batch or train.workers, or use more text."
              .formatted(tokens, settings.batch(), settings.context(), batchTokens(settings) + 1));
    }
    return batches;
  }

  @Override
  public long batchesPerEpoch() {
    return batchesPerEpoch;
  }

  @Override
  public synchronized Batch batch(long step) {
    enter(step / batchesPerEpoch, step % batchesPerEpoch / windowBatches);
    long inWindow = step % batchesPerEpoch % windowBatches;
    long windowStart = phase + window * windowBatches * batch * context;
    int[] inputs = new int[batch * context];
    int[] targets = new int[batch * context];
    int[] block = new int[context + 1];
    for (int row = 0; row < batch; row++) {
      long number =
          lanes ? row * batchesIn(window) + inWindow : blocks[(int) (inWindow * batch + row)];
      read(windowStart + number * context, block);
      System.arraycopy(block, 0, inputs, row * context, context);
      System.arraycopy(block, 1, targets, row * context, context);
    }
    return new Batch(inputs, targets, batch, context, lanes && inWindow > 0);
  }

  private static long batchTokens(TrainSettings settings) {
    return (long) settings.batch() * settings.context();
  }

  private long batchesIn(long index) {
    return Math.min(windowBatches, batchesPerEpoch - index * windowBatches);
  }

  private void enter(long wantedEpoch, long wantedWindow) {
    if (epoch == wantedEpoch && window == wantedWindow) {
      return;
    }
    // Set last, so that a shard that cannot be read leaves no half-entered window behind.
    window = -1;
    if (epoch != wantedEpoch) {
      int[] shuffled = Shuffle.of(shards.length, SHARDS_SEED, seed, shards[0], wantedEpoch);
      order = Arrays.stream(shuffled).map(i -> shards[i]).toArray();
      ends = new long[order.length];
      long end = 0;
      for (int i = 0; i < order.length; i++) {
        end += shardTokens[order[i]];
        ends[i] = end;
      }
      phase = Shuffle.number(phases, PHASE_SEED, seed, shards[0], wantedEpoch);
      epoch = wantedEpoch;
    }
    long count = batchesIn(wantedWindow) * batch;
    if (!lanes) {
      blocks = Shuffle.of((int) count, BLOCKS_SEED, seed, shards[0], wantedEpoch, wantedWindow);
    }
    long from = phase + wantedWindow * windowBatches * batch * context;
    hold(from, from + count * context);
    window = wantedWindow;
  }

  /** Holds the shards between two places of the stream, and no others. */
  private void hold(long from, long to) {
    List<Integer> wanted = Arrays.stream(order, position(from), position(to) + 1).boxed().toList();
    // First, so that there is never room needed for two windows.
    held.keySet().retainAll(wanted);
    wanted.forEach(shard -> held.computeIfAbsent(shard, loader::apply));
  }

  /** Which shard, in this epoch's order, holds a place of the stream. */
  private int position(long place) {
    int found = Arrays.binarySearch(ends, place);
    return found < 0 ? -found - 1 : found + 1;
  }

  private void read(long from, int[] into) {
    int at = 0;
    for (int i = position(from); at < into.length; i++) {
      Tokens tokens = held.get(order[i]);
      int start = (int) (from + at - (ends[i] - shardTokens[order[i]]));
      int count = Math.min(into.length - at, tokens.length() - start);
      tokens.copy(start, into, at, count);
      at += count;
    }
  }
}
