package io.chorale.jobs.tokenize;

import io.chorale.config.DataSettings;
import io.chorale.config.DatasetSplit;
import io.chorale.data.Column;
import io.chorale.data.Ids;
import io.chorale.data.Row;
import io.chorale.data.TailLayout;
import io.chorale.io.Utf8;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.SharedTokenizer;
import io.chorale.token.TextDecoder;
import io.chorale.token.Tokenizer;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * Deals tokens to splits and shards by their place in the corpus ({@code data.split: tail}): its
 * last parts validate and test. There is text alone. See {@link TailLayout}.
 */
final class DealByPlace {
  private DealByPlace() {}

  static DealtRows deal(
      JavaRDD<EncodedDocument> documents, SentSettings settings, SharedTokenizer tokenizer) {
    // Tokens and bytes of each partition; partitions follow the order of the corpus.
    List<Size> sizes =
        documents.mapPartitions(part -> List.of(Size.of(part)).iterator(), true).collect();
    long[] starts = new long[sizes.size()];
    long[] bySplit = new long[DatasetSplit.values().length];
    long tokens = 0;
    long bytes = 0;
    for (int partition = 0; partition < starts.length; partition++) {
      Size size = sizes.get(partition);
      starts[partition] = tokens;
      tokens += size.tokens();
      bytes += size.bytes();
      Arrays.setAll(bySplit, split -> bySplit[split] + size.bySplit()[split]);
    }
    DataSettings data = settings.get().data().beside(settings.get().corpus());
    TailLayout layout = TailLayout.of(data, bySplit, bytes);
    ShardNumbers numbers =
        new ShardNumbers(Arrays.stream(DatasetSplit.values()).mapToInt(layout::shards).toArray());
    JavaPairRDD<RowKey, RowPart> rows =
        documents
            .mapPartitionsWithIndex((partition, part) -> places(part, starts[partition]), true)
            .flatMapToPair(
                placed ->
                    rows(layout, numbers, placed._1(), placed._2(), tokenizer.get()).iterator());
    return new DealtRows(rows, numbers, tokens);
  }

  /**
   * What a partition holds.
   *
   * @param bySplit tokens of the files that were given for each split
   */
  private record Size(long[] bySplit, long bytes) implements Serializable {
    static Size of(Iterator<EncodedDocument> documents) {
      long[] bySplit = new long[DatasetSplit.values().length];
      long bytes = 0;
      while (documents.hasNext()) {
        EncodedDocument document = documents.next();
        bySplit[document.split().ordinal()] += document.size();
        bytes += document.bytes();
      }
      return new Size(bySplit, bytes);
    }

    long tokens() {
      return Arrays.stream(bySplit).sum();
    }
  }

  /** Documents with the place of their first token in the corpus. */
  private static Iterator<Tuple2<Long, EncodedDocument>> places(
      Iterator<EncodedDocument> documents, long start) {
    return new Iterator<>() {
      private long place = start;

      @Override
      public boolean hasNext() {
        return documents.hasNext();
      }

      @Override
      public Tuple2<Long, EncodedDocument> next() {
        EncodedDocument document = documents.next();
        Tuple2<Long, EncodedDocument> placed = new Tuple2<>(place, document);
        place += document.size();
        return placed;
      }
    };
  }

  private static List<Tuple2<RowKey, RowPart>> rows(
      TailLayout layout,
      ShardNumbers numbers,
      long place,
      EncodedDocument document,
      Tokenizer tokenizer) {
    int[] text = ((Ids) document.row().cell(Column.TEXT)).values();
    List<TailLayout.Run> runs = layout.deal(place, text.length);
    DatasetSplit last = runs.get(runs.size() - 1).split();
    long left = document.bytes();
    TextDecoder decoder = tokenizer.decoder();
    List<Tuple2<RowKey, RowPart>> rows = new ArrayList<>();
    for (TailLayout.Run run : runs) {
      int[] ids = Arrays.copyOfRange(text, run.from(), run.to());
      // Only where a border cuts the document must its tokens tell how much text lies on each side.
      long bytes = run.split() == last ? left : Math.min(left, bytes(ids, decoder));
      left -= bytes;
      int shard = numbers.number(run.split(), run.shard());
      rows.add(
          new Tuple2<>(
              new RowKey(shard, run.offset(), document.file(), document.offset()),
              new RowPart(
                  new Row(Map.of(Column.TEXT, Ids.of(ids))), ids.length, bytes, run.endsRow())));
    }
    return rows;
  }

  /** The text that goes on with these ids, in UTF-8. */
  private static long bytes(int[] ids, TextDecoder decoder) {
    long bytes = 0;
    for (int id : ids) {
      bytes += Utf8.length(decoder.add(id));
    }
    return bytes;
  }
}
