package io.chorale.data;

import io.chorale.config.DatasetSplit;
import io.chorale.config.TrainSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * Rows of a dataset as they are, for tasks that read a document, a sentence or a pair as one. A
 * batch has rows of like length, padded at the right to the longest; rows longer than {@code
 * context} are cut to their first {@code context} steps.
 *
 * <p>In training a batch has a fixed number of rows, so batches an epoch are arithmetic. Each epoch
 * puts a worker's shards in an order of its own and leaves out, at a place of its own, the rows
 * that fill no batch; it shows every other row once. Rows are shuffled within windows, which hold
 * some {@code window} tokens by the mean of the worker's rows (but at least a batch); only the
 * shards of one window are held. Then those of some batches are sorted by their length and cut into
 * batches, and these are shuffled.
 *
 * @param columns of the dataset that are read
 * @param target what is predicted: one of them, such as tags or a label, or a column that the
 *     preparation makes
 * @param context the most steps of a cell
 * @param batch B, in training; fewer where the worker has fewer rows
 * @param seed of the order in training
 * @param window tokens among which training shuffles
 * @param preparation what is done to a row before it goes into a batch
 */
public record RowBatches(
    List<String> columns,
    String target,
    int context,
    int batch,
    long seed,
    long window,
    Preparation preparation)
    implements Feed {
  /** What a preparation draws in training and in evaluation has nothing in common. */
  private static final long TRAINING_SEED = 6;

  private static final long EVALUATION_SEED = 7;

  public RowBatches {
    columns = List.copyOf(columns);
  }

  /** Rows as they are. */
  RowBatches(List<String> columns, String target, int context, int batch, long seed, long window) {
    this(columns, target, context, batch, seed, window, Preparation.NONE);
  }

  /** The rows of those columns as they are, as a training is set. */
  public static RowBatches of(List<String> columns, String target, TrainSettings train) {
    return of(columns, target, train, Preparation.NONE);
  }

  /** The rows of those columns, as a training is set. */
  public static RowBatches of(
      List<String> columns, String target, TrainSettings train, Preparation preparation) {
    return new RowBatches(
        columns,
        target,
        train.context(),
        train.batch(),
        train.seed(),
        train.shuffleWindow(),
        preparation);
  }

  /** Prepared rows side by side, each cell cut to its first {@code context} steps. */
  public Batch batch(List<Row> rows) {
    List<String> all = new ArrayList<>(columns);
    if (!columns.contains(target)) {
      all.add(target);
    }
    return Batch.of(rows, all, target, context);
  }

  @Override
  public long size(ShardFacts shard) {
    return shard.rows();
  }

  @Override
  public long batchesPerEpoch(List<ShardFacts> own) {
    return batchesPerEpoch(own.stream().mapToLong(ShardFacts::rows).sum());
  }

  long batchesPerEpoch(long rows) {
    return Math.max(1, rows / batch);
  }

  @Override
  public BatchSource batches(Dataset data, int[] shards) {
    List<ShardFacts> all = data.manifest().split(DatasetSplit.TRAIN).shards();
    return new RowSource(this, shard -> data.shard(DatasetSplit.TRAIN, shard), shards, all);
  }

  /** Tokens or steps of all columns that are read. */
  long tokens(ShardFacts shard) {
    return columns.stream().mapToLong(shard::elements).sum();
  }

  @Override
  public long predictions(List<ShardFacts> shards) {
    return shards.stream().mapToLong(shard -> preparation.predictions(shard, target)).sum();
  }

  @Override
  public List<Part> parts(Dataset data, DatasetSplit split) {
    return Part.ofRows(data.manifest().split(split).shards(), this::tokens);
  }

  @Override
  public int rowsOfPart() {
    return Integer.MAX_VALUE;
  }

  @Override
  public long longestCut(List<ShardFacts> shards) {
    long longest =
        shards.stream()
            .flatMapToLong(shard -> columns.stream().mapToLong(shard::longest))
            .max()
            .orElse(0);
    return longest > context ? longest : 0;
  }

  @Override
  public Iterator<Batch> read(Dataset data, DatasetSplit split, Part part, int rows) {
    Shard shard = data.shard(split, part.shard());
    int[] order = IntStream.range(part.from(), part.to()).toArray();
    sortByLength(order, 0, order.length, row -> length(shard, row));
    return IntStream.range(0, (order.length + rows - 1) / rows)
        .mapToObj(
            group ->
                batch(
                    Arrays.stream(order, group * rows, Math.min(order.length, (group + 1) * rows))
                        .mapToObj(row -> evaluated(shard, split, part.shard(), row))
                        .toList()))
        .iterator();
  }

  /**
   * What a training batch takes from a row.
   *
   * @param number of the shard in the split
   */
  Row trained(Shard shard, long epoch, int number, int row) {
    return row(shard, row, TRAINING_SEED, seed, epoch, number, row);
  }

  /** What is evaluated of a row: the same in every training, so that their measures compare. */
  private Row evaluated(Shard shard, DatasetSplit split, int number, int row) {
    return row(shard, row, EVALUATION_SEED, split.ordinal(), number, row);
  }

  private Row row(Shard shard, int row, long... seeds) {
    preparation.check(shard, row);
    return preparation.prepare(shard.row(columns, row, context), seeds);
  }

  /** Steps that a row brings to a batch, in all columns. */
  int length(Shard shard, int row) {
    int length = 0;
    for (String column : columns) {
      length += Math.min(context, shard.length(column, row));
    }
    return length;
  }

  /** Sorts some of the rows by their length; equally long ones stay as they are. */
  static void sortByLength(int[] rows, int from, int to, IntUnaryOperator length) {
    long[] keys = new long[to - from];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = ((long) length.applyAsInt(rows[from + i]) << Integer.SIZE) | i;
    }
    Arrays.sort(keys);
    int[] before = Arrays.copyOfRange(rows, from, to);
    for (int i = 0; i < keys.length; i++) {
      rows[from + i] = before[(int) keys[i]];
    }
  }
}
