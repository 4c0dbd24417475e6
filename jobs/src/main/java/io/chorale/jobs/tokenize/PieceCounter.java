package io.chorale.jobs.tokenize;

import io.chorale.corpus.CorpusEntry;
import io.chorale.corpus.Document;
import io.chorale.corpus.Field;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.Tally;
import io.chorale.token.PreTokenizer;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * Counts the pieces of text in the corpus, from which a tokenizer is trained. Partitions count in a
 * table of their own, so that little is shuffled.
 */
final class PieceCounter {
  /** Entries of a partition's table; a full one is handed on and begun anew. */
  private static final int TABLE = 1 << 18;

  /**
   * Pieces that reach the driver. Of a corpus with more distinct ones the rarest are left out, all
   * of one count or none: far beyond any vocabulary, they would decide nothing.
   */
  private static final long MOST_PIECES = 1L << 22;

  private PieceCounter() {}

  static Map<String, Long> count(
      JavaRDD<CorpusEntry> entries, List<String> columns, SentSettings settings, Tally tally) {
    JavaPairRDD<String, Long> counts =
        entries
            .mapPartitionsToPair(
                part -> {
                  PreTokenizer cuts = PreTokenizer.of(settings.get().tokenizer());
                  return new Tables(part, columns, cuts, tally, TABLE);
                })
            .reduceByKey(Long::sum);
    return mostFrequent(counts, MOST_PIECES);
  }

  static Map<String, Long> mostFrequent(JavaPairRDD<String, Long> counts, long most) {
    // The shuffle's files are kept, so counts is computed once.
    if (counts.count() <= most) {
      return counts.collectAsMap();
    }
    TreeMap<Long, Long> distinct = new TreeMap<>(counts.values().countByValue());
    long kept = 0;
    long least = Long.MAX_VALUE;
    for (Map.Entry<Long, Long> entry : distinct.descendingMap().entrySet()) {
      kept += entry.getValue();
      if (kept > most) {
        break;
      }
      least = entry.getKey();
    }
    long from = least;
    return counts.filter(entry -> entry._2() >= from).collectAsMap();
  }

  /** Counts, table by table. */
  static final class Tables implements Iterator<Tuple2<String, Long>> {
    private final Iterator<CorpusEntry> entries;
    private final List<String> columns;
    private final PreTokenizer preTokenizer;
    private final Tally tally;
    private final int most;
    private Iterator<Map.Entry<String, long[]>> table =
        List.<Map.Entry<String, long[]>>of().iterator();

    Tables(
        Iterator<CorpusEntry> entries,
        List<String> columns,
        PreTokenizer preTokenizer,
        Tally tally,
        int most) {
      this.entries = entries;
      this.columns = columns;
      this.preTokenizer = preTokenizer;
      this.tally = tally;
      this.most = most;
    }

    @Override
    public boolean hasNext() {
      if (!table.hasNext()) {
        table = fill().entrySet().iterator();
      }
      return table.hasNext();
    }

    @Override
    public Tuple2<String, Long> next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Map.Entry<String, long[]> entry = table.next();
      return new Tuple2<>(entry.getKey(), entry.getValue()[0]);
    }

    private Map<String, long[]> fill() {
      Map<String, long[]> counts = new HashMap<>();
      while (counts.size() < most && entries.hasNext()) {
        if (entries.next() instanceof Document document) {
          columns.forEach(column -> count(document.field(column), counts));
          tally.add(document);
        }
      }
      return counts;
    }

    /** Of words each is a piece, as it stands. */
    private void count(Field field, Map<String, long[]> counts) {
      Consumer<String> pieces = piece -> counts.computeIfAbsent(piece, key -> new long[1])[0]++;
      if (field instanceof Field.Words words) {
        words.values().forEach(pieces);
      } else if (field instanceof Field.Text text) {
        preTokenizer.split(text.value(), pieces);
      }
    }
  }
}
