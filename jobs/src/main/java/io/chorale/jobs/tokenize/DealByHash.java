package io.chorale.jobs.tokenize;

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
 * a row, and its place among those of its source depends on what it holds alone.
 */
final class DealByHash {
  private static final int SPLITS = DatasetSplit.values().length;

  private DealByHash() {}

  /**
   * Deals them.
   *
   * @param scale of their numbers
   * @param signed their signatures
   * @param adds whether they are added to a dataset
   */
  static DealtRows deal(
      EncodedCorpus corpus,
      RowScale scale,
      SentSettings settings,
      SignedDocuments signed,
      boolean adds) {
    Measure measure =
        corpus
            .marks()
            .mapPartitions(part -> List.of(Measure.of(part, shares(settings))).iterator())
            .treeReduce(Measure::merge);
    int sources = settings.sources().all().size();
    HashShards[][] dealers = new HashShards[SPLITS][sources];
    int[][] counts = new int[SPLITS][sources];
    long all = 0;
    for (DatasetSplit split : DatasetSplit.values()) {
      int i = split.ordinal();
      DataSettings data = settings.get().data();
      int[] train =
          adds
              ? ShardCounts.added(data, measure.bytes[i])
              : ShardCounts.train(data, measure.bytes[i]);
      for (int source = 0; source < sources; source++) {
        if (measure.has(i, source)) {
          long[] sizes = measure.sizes(i, source);
          long size = Arrays.stream(sizes).sum();
          int most = split == DatasetSplit.TRAIN ? train[source] : ShardCounts.heldOut(size);
          dealers[i][source] = new HashShards(sizes, most);
          counts[i][source] = dealers[i][source].count();
          all += size;
        }
      }
    }
    ShardNumbers numbers = new ShardNumbers(counts);
    Places places = new Places(settings, numbers, dealers);
    JavaRDD<Tuple2<RowKey, RowPart>> rows =
        corpus
            .signed(signed)
            .mapPartitions(
                part -> {
                  Function<EncodedDocument, RowKey> place = places.find();
                  return map(
                      part, one -> new Tuple2<>(place.apply(one.document()), row(one, scale)));
                });
    return new DealtRows(rows, signed.facts(), numbers, all);
  }

  private static RowPart row(SignedDocuments.One one, RowScale scale) {
    EncodedDocument document = one.document();
    return new RowPart(
        scale.apply(document.row()), document.size(), document.textBytes(), true, one.kept());
  }

  /**
   * The places of documents in the dataset.
   *
   * @param dealers by split and source
   */
  private record Places(SentSettings settings, ShardNumbers numbers, HashShards[][] dealers)
      implements Serializable {

    /** Finds that of any document. */
    Function<EncodedDocument, RowKey> find() {
      List<DataSettings> shares = shares(settings);
      return document -> {
        DocumentHash hash = document.hash();
        DatasetSplit split = document.splitByHash(shares);
        int source = document.source();
        int shard = dealers[split.ordinal()][source].shard(hash);
        return document.key(numbers.number(split, source, shard), hash.order());
      };
    }
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

  /** How much falls into each range of hashes, by split and source. */
  private static final class Measure implements Serializable {
    private static final long serialVersionUID = 1L;

    // By split, source and range; made when first needed, because empty ones travel to every task.
    private final long[][][] sizes;
    private final long[][] bytes;

    Measure(int sources) {
      sizes = new long[SPLITS][sources][];
      bytes = new long[SPLITS][sources];
    }

    boolean has(int split, int source) {
      return sizes[split][source] != null;
    }

    long[] sizes(int split, int source) {
      if (sizes[split][source] == null) {
        sizes[split][source] = new long[DocumentHash.BUCKETS];
      }
      return sizes[split][source];
    }

    static Measure of(Iterator<EncodedDocument> documents, List<DataSettings> shares) {
      Measure measure = new Measure(shares.size());
      while (documents.hasNext()) {
        EncodedDocument document = documents.next();
        int split = document.splitByHash(shares).ordinal();
        int source = document.source();
        measure.sizes(split, source)[document.hash().bucket()] += document.size();
        measure.bytes[split][source] += document.bytes();
      }
      return measure;
    }

    Measure merge(Measure other) {
      for (int split = 0; split < SPLITS; split++) {
        for (int source = 0; source < bytes[split].length; source++) {
          bytes[split][source] += other.bytes[split][source];
          if (other.sizes[split][source] != null) {
            long[] sum = sizes(split, source);
            for (int i = 0; i < sum.length; i++) {
              sum[i] += other.sizes[split][source][i];
            }
          }
        }
      }
      return this;
    }
  }
}
