package io.chorale.jobs.tokenize;

import io.chorale.config.ChoraleException;
import io.chorale.config.DataSettings;
import io.chorale.config.DatasetSplit;
import io.chorale.data.DocumentHash;
import io.chorale.data.HashShards;
import io.chorale.data.ShardCounts;
import io.chorale.jobs.spark.SentSettings;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * Deals documents to splits and shards by their hash ({@code data.split: document}): a document is
 * a row, and its place depends on what it holds alone.
 */
final class DealByHash {
  private static final int SPLITS = DatasetSplit.values().length;

  private DealByHash() {}

  /**
   * Deals them.
   *
   * @param scale of their numbers
   */
  static DealtRows deal(EncodedCorpus corpus, RowScale scale, SentSettings settings) {
    Measure measure =
        corpus
            .marks()
            .mapPartitions(part -> List.of(Measure.of(part, shares(settings))).iterator())
            .treeReduce(Measure::merge);
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
    JavaRDD<Tuple2<RowKey, RowPart>> rows =
        corpus
            .documents()
            .mapPartitions(
                part -> {
                  List<DataSettings> shares = shares(settings);
                  return map(
                      part,
                      document -> {
                        DocumentHash hash = document.hash();
                        DatasetSplit split = document.splitByHash(shares);
                        int shard = numbers.number(split, dealers[split.ordinal()].shard(hash));
                        return new Tuple2<>(
                            document.key(shard, hash.order()),
                            new RowPart(
                                scale.apply(document.row()),
                                document.size(),
                                document.textBytes(),
                                true));
                      });
                });
    return new DealtRows(rows, numbers, all);
  }

  /** The shares of the splits by source, for documents of files that were given for none. */
  static List<DataSettings> shares(SentSettings settings) {
    return settings.sources().all().stream()
        .map(source -> source.settings().data().beside(source.corpus()))
        .toList();
  }

  private static <T, R> Iterator<R> map(Iterator<T> from, Function<T, R> function) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return from.hasNext();
      }

      @Override
      public R next() {
        return function.apply(from.next());
      }
    };
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

    static Measure of(Iterator<EncodedDocument> documents, List<DataSettings> shares) {
      Measure measure = new Measure();
      while (documents.hasNext()) {
        EncodedDocument document = documents.next();
        int split = document.splitByHash(shares).ordinal();
        measure.sizes(split)[document.hash().bucket()] += document.size();
        measure.bytes[split] += document.bytes();
      }
      return measure;
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
