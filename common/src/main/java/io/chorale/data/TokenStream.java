package io.chorale.data;

import io.chorale.config.DatasetSplit;
import io.chorale.config.SettingsException;
import io.chorale.config.TrainSettings;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Text for a language model: the ids of a column, row after row, as one stream of tokens, cut into
 * blocks of {@code context} inputs whose targets, in the column {@link #NEXT} of a batch, are the
 * tokens one further.
 *
 * <p>In training, each epoch puts a worker's shards in an order of its own and begins to cut at a
 * place of its own, so that blocks differ between epochs; it shows every token once, save those
 * before that place and those at the end that fill no batch. The stream is gone through in windows
 * of at most {@code window} tokens (but at least a batch); only the shards of one window are held.
 *
 * <ul>
 *   <li>Shuffled: the blocks of a window come in random order.
 *   <li>Carried: row r of the window's batches reads the r-th of B equal parts of the window from
 *       its begin to its end, so state can be carried from batch to batch; it begins anew with each
 *       window.
 * </ul>
 *
 * <p>In evaluation every token of a shard but the first is predicted once: in blocks, of which each
 * stands for itself, or carried, in {@link Lanes}.
 *
 * @param column of the ids
 * @param answers the column that says which tokens are predicted; empty where all are
 * @param context T
 * @param batch B, in training
 * @param seed of the order in training
 * @param window tokens among which training shuffles
 * @param carries whether the model carries its state from batch to batch
 */
public record TokenStream(
    String column, String answers, int context, int batch, long seed, long window, boolean carries)
    implements Feed {
  /** The column of a batch that holds the token after each input. */
  public static final String NEXT = "next";

  /** Tokens of a part of a shard, before rounding to whole blocks. */
  private static final int PART_TOKENS = 1 << 15;

  /** So few that the lanes of one shard give work to several tasks. */
  private static final int PART_LANES = 16;

  /** The stream of a column all of whose tokens are predicted. */
  TokenStream(String column, int context, int batch, long seed, long window, boolean carries) {
    this(column, "", context, batch, seed, window, carries);
  }

  /** The stream of the column {@link Column#TEXT}. */
  public static TokenStream of(TrainSettings train, boolean carries) {
    return new TokenStream(
        Column.TEXT, train.context(), train.batch(), train.seed(), train.shuffleWindow(), carries);
  }

  /** The same where only what the column {@link Column#ANSWER} marks is predicted. */
  public TokenStream ofAnswers() {
    return new TokenStream(column, Column.ANSWER, context, batch, seed, window, carries);
  }

  @Override
  public List<String> columns() {
    return answers.isEmpty() ? List.of(column) : List.of(column, answers);
  }

  @Override
  public long size(ShardFacts shard) {
    return shard.elements(column);
  }

  @Override
  public long batchesPerEpoch(List<ShardFacts> own) {
    return batchesPerEpoch(own.stream().mapToLong(this::size).sum());
  }

  /**
   * Batches of one pass over that many tokens; at least 1.
   *
   * @throws SettingsException where there is none: the context is too long for the data
   */
  public long batchesPerEpoch(long tokens) {
    long batchTokens = (long) batch * context;
    // The last input needs a target.
    long batches = (tokens - 1) / batchTokens;
    if (batches < 1) {
      throw new SettingsException(
          "Cannot train on %d tokens a worker: a batch of %d blocks of %d tokens needs %d, expected at least one batch. Lower train.context, train.batch or train.workers, or use more text."
              .formatted(tokens, batch, context, batchTokens + 1));
    }
    return batches;
  }

  @Override
  public BatchSource batches(Dataset data, int[] shards) {
    return new StreamSource(
        this,
        shard -> Targets.of(data.shard(DatasetSplit.TRAIN, shard), column, answers),
        shards,
        data.shardElements(DatasetSplit.TRAIN, column));
  }

  @Override
  public long predictions(List<ShardFacts> shards) {
    return shards.stream().mapToLong(this::predictions).sum();
  }

  private long predictions(ShardFacts shard) {
    return size(shard) - 1;
  }

  @Override
  public List<Part> parts(Dataset data, DatasetSplit split) {
    List<ShardFacts> shards = data.manifest().split(split).shards();
    List<Part> parts = new ArrayList<>();
    for (int shard = 0; shard < shards.size(); shard++) {
      long predictions = predictions(shards.get(shard));
      if (predictions > 0) {
        int units = carries ? Lanes.of(predictions, context).count() : blocks(predictions);
        Part.cut(parts, shard, units, carries ? lanesOfPart(units) : blocksOfPart());
      }
    }
    return parts;
  }

  @Override
  public int rowsOfPart() {
    return carries ? PART_LANES : blocksOfPart();
  }

  @Override
  public long longestCut(List<ShardFacts> shards) {
    return 0;
  }

  private int blocks(long predictions) {
    return Math.toIntExact((predictions + context - 1) / context);
  }

  private int blocksOfPart() {
    return Math.max(1, PART_TOKENS / context);
  }

  private static int lanesOfPart(int lanes) {
    int parts = (lanes + PART_LANES - 1) / PART_LANES;
    return (lanes + parts - 1) / parts;
  }

  @Override
  public Iterator<Batch> read(Dataset data, DatasetSplit split, Part part, int rows) {
    StreamReader reader =
        new StreamReader(
            this, Targets.of(data.shard(split, part.shard()), column, answers), part, rows);
    return carries ? reader.lanes() : reader.blocks();
  }

  /**
   * A batch of this stream.
   *
   * @param targets the token after each input [B, T], or {@link Batch#IGNORED}
   * @param predictions targets that are not ignored
   */
  Batch batch(Ids inputs, int[] targets, long predictions, boolean continued) {
    Map<String, Values> columns = new LinkedHashMap<>();
    columns.put(column, inputs);
    columns.put(NEXT, new Ids(targets, inputs.length(), inputs.lengths()));
    return new Batch(columns, inputs.lengths().length, predictions, continued);
  }
}
