package io.chorale.jobs.tokenize;

import io.chorale.config.DataSettings;
import io.chorale.config.DatasetSplit;
import io.chorale.data.Column;
import io.chorale.data.Ids;
import io.chorale.data.Row;
import io.chorale.data.SignatureFacts;
import io.chorale.data.TailLayout;
import io.chorale.io.Utf8;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.SharedTokenizer;
import io.chorale.token.TextDecoder;
import io.chorale.token.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * Deals tokens to splits and shards by their place in the corpus ({@code data.split: tail}): its
 * last parts validate and test. There is text alone. See {@link TailLayout}.
 */
final class DealByPlace {
  private DealByPlace() {}

  static DealtRows deal(EncodedCorpus corpus, SentSettings settings, SharedTokenizer tokenizer) {
    // Parts follow the order of the corpus.
    List<EncodedPart> parts = corpus.parts();
    long[] starts = new long[parts.size()];
    long[] bySplit = new long[DatasetSplit.values().length];
    long tokens = 0;
    for (int part = 0; part < starts.length; part++) {
      starts[part] = tokens;
      List<Long> sizes = parts.get(part).sizes();
      tokens += sizes.stream().mapToLong(Long::longValue).sum();
      Arrays.setAll(bySplit, split -> bySplit[split] + sizes.get(split));
    }
    DataSettings data = DealByHash.shares(settings).get(0);
    TailLayout layout = TailLayout.of(data, bySplit, corpus.counts().bytes());
    ShardNumbers numbers =
        new ShardNumbers(Arrays.stream(DatasetSplit.values()).mapToInt(layout::shards).toArray());
    JavaRDD<Tuple2<RowKey, RowPart>> rows =
        corpus
            .documents()
            .mapPartitionsWithIndex((part, documents) -> places(documents, starts[part]), true)
            .flatMap(
                placed ->
                    rows(layout, numbers, placed._1(), placed._2(), tokenizer.get()).iterator());
    return new DealtRows(rows, SignatureFacts.NONE, numbers, tokens);
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
              document.key(shard, run.offset()),
              new RowPart(
                  new Row(Map.of(Column.TEXT, Ids.of(ids))),
                  ids.length,
                  bytes,
                  run.endsRow(),
                  null)));
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
