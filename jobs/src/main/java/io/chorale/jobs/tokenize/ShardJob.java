package io.chorale.jobs.tokenize;

import io.chorale.config.ChoraleException;
import io.chorale.config.DatasetSplit;
import io.chorale.data.Column;
import io.chorale.data.DatasetManifest;
import io.chorale.data.DocumentFacts;
import io.chorale.data.Schema;
import io.chorale.data.ShardFacts;
import io.chorale.data.ShardWriter;
import io.chorale.data.SourceFacts;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.PartStage;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;
import scala.Tuple2;

/**
 * Sorts rows into their shards and writes each shard, and beside it what is kept of its documents:
 * one task a shard, which holds its rows. A shard whose facts are there is not written again.
 *
 * @param stage has the facts of the shards that are written
 * @param sources of the corpus
 * @param directory where the dataset is staged
 * @param written counts what is written, for the progress; see {@link ColumnEncoders#size}
 */
record ShardJob(
    JavaSparkContext context,
    Storage storage,
    PartStage<ShardJob.Written> stage,
    List<SourceFacts> sources,
    Path directory,
    LongAccumulator written) {

  /**
   * A shard that is written.
   *
   * @param size of its rows; see {@link ColumnEncoders#size}
   * @param bytes of their text
   * @param labels of its rows
   */
  record Written(ShardFacts facts, long size, long bytes, LabelCounts labels)
      implements Serializable {}

  /**
   * Writes all shards.
   *
   * @param schema of the dataset; labels are not counted yet
   * @return what the dataset holds, the labels of its training split counted
   */
  DatasetManifest write(DealtRows dealt, Schema schema) {
    ShardNumbers numbers = dealt.shards();
    Map<Integer, Written> shards = finished();
    if (shards.size() < numbers.total()) {
      shards.putAll(write(dealt, schema, shards));
    }
    check(dealt, shards.values());
    List<Column> columns = schema.columns();
    Map<DatasetSplit, DatasetManifest.Split> splits = new EnumMap<>(DatasetSplit.class);
    LabelCounts counts = LabelCounts.of(schema);
    for (DatasetSplit split : DatasetSplit.values()) {
      List<ShardFacts> facts = new ArrayList<>();
      long bytes = 0;
      for (int shard = 0; shard < numbers.count(split); shard++) {
        Written found = shards.get(numbers.number(split, shard));
        facts.add(found.facts());
        bytes += found.bytes();
        if (split == DatasetSplit.TRAIN) {
          counts.merge(found.labels());
        }
      }
      splits.put(split, DatasetManifest.Split.of(columns, facts, bytes));
    }
    return DatasetManifest.of(schema.counted(counts.lists()), sources, splits)
        .with(dealt.signatures());
  }

  /** Shards that an earlier run has written; its files may have been deleted since. */
  private Map<Integer, Written> finished() {
    Map<Integer, Written> there = new TreeMap<>(stage.finished(context));
    there.values().removeIf(shard -> !areThere(shard.facts()));
    return there;
  }

  private boolean areThere(ShardFacts shard) {
    return storage.exists(new Path(directory, shard.name()))
        && shard.documents().files(shard.name()).stream()
            .allMatch(file -> storage.exists(new Path(directory, file)));
  }

  /** Writes those that are not finished. */
  private Map<Integer, Written> write(
      DealtRows dealt, Schema schema, Map<Integer, Written> finished) {
    ShardNumbers numbers = dealt.shards();
    BitSet left = new BitSet();
    finished.keySet().forEach(left::set);
    List<Column> columns = schema.columns();
    ShardTask task =
        new ShardTask(
            storage,
            stage,
            directory.toString(),
            sources,
            numbers,
            columns,
            LabelCounts.of(schema),
            written);
    Map<Integer, Written> shards = new TreeMap<>();
    dealt
        .rows()
        .mapPartitionsToPair(part -> new RowPacks(part, columns, left))
        .partitionBy(new HashPartitioner(numbers.total()))
        .mapPartitionsWithIndex(
            (number, packs) ->
                left.get(number)
                    ? List.<Tuple2<Integer, Written>>of().iterator()
                    : List.of(new Tuple2<>(number, task.write(number, packs))).iterator(),
            true)
        .collect()
        .forEach(shard -> shards.put(shard._1(), shard._2()));
    return shards;
  }

  /** Nothing may be lost on the way, or come twice. */
  private void check(DealtRows dealt, Collection<Written> shards) {
    long size = shards.stream().mapToLong(Written::size).sum();
    if (shards.size() != dealt.shards().total() || size != dealt.size()) {
      throw new ChoraleException(
          "Cannot write the dataset: its %d shards hold %d ids and numbers, expected %d shards with %d. Run again; should it happen twice, please report it."
              .formatted(shards.size(), size, dealt.shards().total(), dealt.size()));
    }
  }

  /** Writes a shard. */
  private record ShardTask(
      Storage storage,
      PartStage<Written> stage,
      String directory,
      List<SourceFacts> sources,
      ShardNumbers numbers,
      List<Column> columns,
      LabelCounts none,
      LongAccumulator written)
      implements Serializable {

    Written write(int number, Iterator<Tuple2<Integer, byte[]>> packs) {
      LabelCounts labels = new LabelCounts(none);
      ShardWriter writer = new ShardWriter(columns);
      ShardDocuments documents = new ShardDocuments();
      List<RowKey> keys = new ArrayList<>();
      BitSet ends = new BitSet();
      long[] sums = new long[2];
      while (packs.hasNext()) {
        RowPack.read(
            packs.next()._2(),
            number,
            columns,
            (key, part) -> {
              writer.add(part.cells());
              labels.add(part.cells());
              documents.add(part.document());
              ends.set(keys.size(), part.endsRow());
              keys.add(key);
              sums[0] += part.size();
              sums[1] += part.bytes();
            });
      }
      int[] order = RowKey.sorted(keys);
      writer.sort(order, ends);
      ShardFacts facts =
          writer.publish(
              storage,
              new Path(directory),
              numbers.split(number),
              numbers.shard(number),
              sources.get(numbers.source(number)).name());
      DocumentFacts kept = documents.publish(storage, new Path(directory), facts.name(), order);
      Written shard = new Written(facts.with(kept), sums[0], sums[1], labels);
      stage.finish(number, shard);
      written.add(sums[0]);
      return shard;
    }
  }
}
