package io.chorale.jobs.tokenize;

import io.chorale.config.ChoraleException;
import io.chorale.config.DatasetSplit;
import io.chorale.data.DocumentHash;
import io.chorale.data.HashShards;
import io.chorale.data.ShardCounts;
import io.chorale.jobs.spark.SentSettings;
import java.io.Serializable;
import java.util.Arrays;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * Deals documents to splits and shards by their hash ({@code data.split: document}): a document is
 * a row, and its place depends on what it holds alone.
 */
final class DealByHash {
  private static final int SPLITS = DatasetSplit.values().length;

  private DealByHash() {}

  static DealtRows deal(JavaRDD<EncodedDocument> documents, SentSettings settings) {
    Measure measure =
        documents.treeAggregate(
            new Measure(),
            (sum, document) -> sum.add(document, document.splitByHash(settings)),
            Measure::merge);
    HashShards[] dealers = new HashShards[SPLITS];
    int[] counts = new int[SPLITS];
    long all = 0;
    for (DatasetSplit split : DatasetSplit.values()) {
      int i = split.ordinal();
      long size = Arrays.stream(measure.sizes(i)).sum();
      int most =
          split == DatasetSplit.TRAIN
              ? ShardCounts.train(settings.get().data(), measure.bytes[i])
              : ShardCounts.heldOut(size);
      dealers[i] = new HashShards(measure.sizes(i), most);
      counts[i] = dealers[i].count();
      all += size;
    }
    if (counts[DatasetSplit.TRAIN.ordinal()] == 0) {
      throw new ChoraleException(
          "Cannot split the corpus: none of its documents falls into the training split, expected at least one. Use a larger corpus, or data.split: tail.");
    }
    ShardNumbers numbers = new ShardNumbers(counts);
    return new DealtRows(
        documents.mapToPair(
            document -> {
              DocumentHash hash = document.hash();
              DatasetSplit split = document.splitByHash(settings);
              int shard = numbers.number(split, dealers[split.ordinal()].shard(hash));
              return new Tuple2<>(
                  new RowKey(shard, hash.order(), document.file(), document.offset()),
                  new RowPart(document.row(), document.size(), document.textBytes(), true));
            }),
        numbers,
        all);
  }

  /** How much falls into each range of hashes. */
  private static final class Measure implements Serializable {
    private static final long serialVersionUID = 1L;

    // By split, then by range; made when first needed, because empty ones travel to every task.
    private final long[][] sizes = new long[SPLITS][];
    private final long[] bytes = new long[SPLITS];

    long[] sizes(int split) {
      if (sizes[split] == null) {
        sizes[split] = new long[DocumentHash.BUCKETS];
      }
      return sizes[split];
    }

    Measure add(EncodedDocument document, DatasetSplit to) {
      DocumentHash hash = document.hash();
      int split = to.ordinal();
      sizes(split)[hash.bucket()] += document.size();
      bytes[split] += document.bytes();
      return this;
    }

    Measure merge(Measure other) {
      for (int split = 0; split < SPLITS; split++) {
        bytes[split] += other.bytes[split];
        if (other.sizes[split] != null) {
          long[] sum = sizes(split);
          for (int i = 0; i < sum.length; i++) {
            sum[i] += other.sizes[split][i];
          }
        }
      }
      return this;
    }
  }
}
