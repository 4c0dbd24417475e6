package io.chorale.report;

import io.chorale.config.DatasetSplit;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.Shard;
import io.chorale.data.ShardFacts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The training shards that are read for a page about a dataset: all, or those that hold rows which
 * lie evenly spread over the split, so that what was added to it later is there, too. Where
 * documents were dealt by their hash that is a fair sample of them.
 */
final class TrainSample {
  /** Shards that are read, at most. */
  static final int MOST_SHARDS = 64;

  /** Bytes that they hold, at most: who makes the page need not have the memory of who trains. */
  private static final long MOST_BYTES = 1 << 28;

  private final int shards;
  private final int of;
  private final int rows;
  private final Map<String, ColumnSample> columns;

  private TrainSample(int shards, int of, int rows, Map<String, ColumnSample> columns) {
    this.shards = shards;
    this.of = of;
    this.rows = rows;
    this.columns = columns;
  }

  /**
   * Reads them, one after the other.
   *
   * @throws io.chorale.config.ChoraleException where one is damaged
   */
  static TrainSample of(Dataset dataset) {
    List<ShardFacts> all = dataset.manifest().split(DatasetSplit.TRAIN).shards();
    int[] some = some(all, dataset.schema().columns());
    int rows = IntStream.of(some).map(shard -> (int) all.get(shard).rows()).sum();
    Map<String, ColumnSample> columns = new LinkedHashMap<>();
    for (Column column : dataset.schema().columns()) {
      columns.put(column.name(), new ColumnSample(column, rows));
    }
    for (int number : some) {
      Shard shard = dataset.shard(DatasetSplit.TRAIN, number);
      columns.values().forEach(column -> column.add(shard));
    }
    return new TrainSample(some.length, all.size(), rows, columns);
  }

  /** As many as may be read. */
  private static int[] some(List<ShardFacts> all, List<Column> columns) {
    for (int count = Math.min(MOST_SHARDS, all.size()); count > 0; count--) {
      int[] some = spread(count, all);
      if (IntStream.of(some).mapToLong(shard -> bytes(all.get(shard), columns)).sum()
          <= MOST_BYTES) {
        return some;
      }
    }
    return new int[0];
  }

  /** The shards of so many rows, in the middles of as many stretches of equal lengths. */
  private static int[] spread(int count, List<ShardFacts> all) {
    if (count == all.size()) {
      return IntStream.range(0, count).toArray();
    }
    double rows = all.stream().mapToLong(ShardFacts::rows).sum();
    int[] some = new int[count];
    int shard = 0;
    long before = 0;
    for (int i = 0; i < count; i++) {
      double row = (i + 0.5) * rows / count;
      while (before + all.get(shard).rows() <= row) {
        before += all.get(shard).rows();
        shard++;
      }
      some[i] = shard;
    }
    return IntStream.of(some).distinct().toArray();
  }

  private static long bytes(ShardFacts shard, List<Column> columns) {
    return columns.stream()
        .mapToLong(
            column ->
                shard.elements(column.name()) * column.stepBytes()
                    + (column.ragged() ? Long.BYTES * shard.rows() : 0))
        .sum();
  }

  /** Rows that were read. */
  int rows() {
    return rows;
  }

  /** Whether nothing of the training split was left out. */
  boolean whole() {
    return shards == of;
  }

  /** What was read, in words that go on after "of" or "in". */
  String told() {
    return whole()
        ? "the training split"
        : "a sample of the training split (%,d of its %,d shards, evenly spread: %,d rows)"
            .formatted(shards, of, rows);
  }

  /**
   * The columns of sequences, without those that are as long as another one's in every row, such as
   * tags; none where no row was read.
   */
  List<Column> sequences() {
    List<ColumnSample> distinct = new ArrayList<>();
    for (ColumnSample some : columns.values()) {
      if (rows > 0
          && some.column().ragged()
          && distinct.stream().noneMatch(other -> Arrays.equals(other.lengths(), some.lengths()))) {
        distinct.add(some);
      }
    }
    return distinct.stream().map(ColumnSample::column).toList();
  }

  /** What was read of a column. */
  ColumnSample column(String name) {
    return columns.get(name);
  }
}
