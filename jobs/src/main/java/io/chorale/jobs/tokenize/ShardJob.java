package io.chorale.jobs.tokenize;

import io.chorale.config.DatasetSplit;
import io.chorale.data.Column;
import io.chorale.data.DatasetManifest;
import io.chorale.data.Schema;
import io.chorale.data.ShardFacts;
import io.chorale.data.ShardWriter;
import io.chorale.io.Storage;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.apache.spark.util.LongAccumulator;
import scala.Tuple2;

/** Sorts rows into their shards and writes each shard, one task a shard. */
final class ShardJob {
  private ShardJob() {}

  /**
   * Writes all shards.
   *
   * @param schema of the dataset; labels are not counted yet
   * @param directory where the dataset is staged
   * @param written counts what is written, for the progress; see {@link ColumnEncoders#size}
   * @return what the dataset holds, the labels of its training split counted
   */
  static DatasetManifest write(
      DealtRows dealt, Schema schema, Storage storage, Path directory, LongAccumulator written) {
    ShardNumbers numbers = dealt.shards();
    List<Column> columns = schema.columns();
    LabelCounts labels = LabelCounts.of(schema);
    List<Shard> shards =
        dealt
            .rows()
            .repartitionAndSortWithinPartitions(
                new RowKey.ByShard(numbers.total()), new RowKey.ByOrder())
            .mapPartitionsWithIndex(
                (number, rows) ->
                    List.of(
                            write(
                                number, numbers, rows, columns, labels, storage, directory,
                                written))
                        .iterator(),
                true)
            .collect();
    Map<DatasetSplit, DatasetManifest.Split> splits = new EnumMap<>(DatasetSplit.class);
    LabelCounts counts = LabelCounts.of(schema);
    for (DatasetSplit split : DatasetSplit.values()) {
      int from = numbers.number(split, 0);
      List<ShardFacts> facts = new ArrayList<>();
      long bytes = 0;
      for (Shard shard : shards.subList(from, from + numbers.count(split))) {
        facts.add(shard.facts());
        bytes += shard.bytes();
        if (split == DatasetSplit.TRAIN) {
          counts.merge(shard.labels());
        }
      }
      splits.put(split, DatasetManifest.Split.of(columns, facts, bytes));
    }
    return DatasetManifest.of(schema.counted(counts.lists()), splits);
  }

  private static Shard write(
      int number,
      ShardNumbers numbers,
      Iterator<Tuple2<RowKey, RowPart>> rows,
      List<Column> columns,
      LabelCounts none,
      Storage storage,
      Path directory,
      LongAccumulator written) {
    LabelCounts labels = new LabelCounts(none);
    ShardWriter writer = new ShardWriter(columns);
    long size = 0;
    long bytes = 0;
    while (rows.hasNext()) {
      RowPart part = rows.next()._2();
      writer.append(part.cells());
      labels.add(part.cells());
      if (part.endsRow()) {
        writer.endRow();
      }
      size += part.size();
      bytes += part.bytes();
    }
    ShardFacts facts =
        writer.publish(storage, directory, numbers.split(number), numbers.shard(number));
    written.add(size);
    return new Shard(facts, bytes, labels);
  }

  /** What a task returns. */
  private record Shard(ShardFacts facts, long bytes, LabelCounts labels) implements Serializable {}
}
