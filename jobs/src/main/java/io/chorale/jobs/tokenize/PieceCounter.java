package io.chorale.jobs.tokenize;

import io.chorale.io.Storage;
import io.chorale.jobs.spark.PartStage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;

/** Sums the pieces of text that were counted part by part, from which a tokenizer is trained. */
final class PieceCounter {
  /**
   * Pieces that reach the driver. Of a corpus with more distinct ones the rarest are left out, all
   * of one count or none: far beyond any vocabulary, they would decide nothing.
   */
  private static final long MOST_PIECES = 1L << 22;

  private PieceCounter() {}

  /**
   * The pieces of all parts.
   *
   * @param parts in their order
   */
  static Map<String, Long> sum(
      JavaSparkContext context,
      Storage storage,
      PartStage<CountedPart> stage,
      List<CountedPart> parts) {
    List<String> files = new ArrayList<>();
    for (int number = 0; number < parts.size(); number++) {
      for (int table = 0; table < parts.get(number).tables(); table++) {
        files.add(stage.file(number, CountedPart.table(table)).toString());
      }
    }
    if (files.isEmpty()) {
      return Map.of();
    }
    JavaPairRDD<String, Long> counts =
        context
            .parallelize(files, files.size())
            .flatMapToPair(file -> PieceFile.read(storage, new Path(file)).iterator())
            .reduceByKey(Long::sum);
    return mostFrequent(counts, MOST_PIECES);
  }

  private static Map<String, Long> mostFrequent(JavaPairRDD<String, Long> counts, long most) {
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
}
