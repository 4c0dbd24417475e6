package io.chorale.jobs.tokenize;

import io.chorale.config.DatasetSplit;
import io.chorale.data.TailLayout;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.SharedTokenizer;
import io.chorale.token.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.StreamSupport;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * Deals tokens to splits and shards by their place in the corpus ({@code data.split: tail}): its
 * last parts validate and test. See {@link TailLayout}.
 */
final class DealByPlace {
  private DealByPlace() {}

  /**
   * @param perFile whether partitions follow the order of the corpus only within a file
   */
  static DealtRows deal(
      JavaRDD<EncodedDocument> documents,
      SentSettings settings,
      SharedTokenizer tokenizer,
      boolean perFile) {
    List<Stretch> stretches =
        documents
            .mapPartitionsWithIndex(
                (partition, part) -> Stretch.of(partition, part, perFile).iterator(), true)
            .collect();
    long[][] starts = Stretch.starts(stretches, documents.getNumPartitions());
    long tokens = stretches.stream().mapToLong(Stretch::tokens).sum();
    long bytes = stretches.stream().mapToLong(Stretch::bytes).sum();
    TailLayout layout = new TailLayout(settings.get().data(), tokens, bytes);
    ShardNumbers numbers =
        new ShardNumbers(Arrays.stream(DatasetSplit.values()).mapToInt(layout::shards).toArray());
    JavaPairRDD<RowKey, RowPart> rows =
        documents
            .mapPartitionsWithIndex(
                (partition, part) -> places(part, new Stretch.Cursor(starts[partition], perFile)),
                true)
            .flatMapToPair(
                placed ->
                    rows(layout, numbers, placed._1(), placed._2(), tokenizer.get()).iterator());
    return new DealtRows(rows, numbers, tokens);
  }

  private static Iterator<Tuple2<Long, EncodedDocument>> places(
      Iterator<EncodedDocument> documents, Stretch.Cursor cursor) {
    return StreamSupport.stream(
            Spliterators.spliteratorUnknownSize(documents, Spliterator.ORDERED), false)
        .map(document -> new Tuple2<>(cursor.place(document), document))
        .iterator();
  }

  private static List<Tuple2<RowKey, RowPart>> rows(
      TailLayout layout,
      ShardNumbers numbers,
      long place,
      EncodedDocument document,
      Tokenizer tokenizer) {
    List<TailLayout.Run> runs = layout.deal(place, document.ids().length);
    DatasetSplit last = runs.get(runs.size() - 1).split();
    long left = document.bytes();
    List<Tuple2<RowKey, RowPart>> rows = new ArrayList<>();
    for (TailLayout.Run run : runs) {
      int[] ids = Arrays.copyOfRange(document.ids(), run.from(), run.to());
      // Only where a border cuts the document must its tokens tell how much text lies on each side.
      long bytes = run.split() == last ? left : Math.min(left, bytes(ids, tokenizer));
      left -= bytes;
      int shard = numbers.number(run.split(), run.shard());
      rows.add(
          new Tuple2<>(
              new RowKey(shard, run.offset(), document.file(), document.offset()),
              new RowPart(ids, bytes, run.endsRow())));
    }
    return rows;
  }

  private static long bytes(int[] ids, Tokenizer tokenizer) {
    long bytes = 0;
    for (int id : ids) {
      bytes += tokenizer.bytes(id).length;
    }
    return bytes;
  }
}
