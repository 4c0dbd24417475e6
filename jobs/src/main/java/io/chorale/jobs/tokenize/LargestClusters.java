package io.chorale.jobs.tokenize;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.data.ScreeningFacts;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.PartStage;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;

/** Finds the documents with the most copies, with the beginning of one copy each. */
final class LargestClusters {
  private static final int MOST = 10;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Many copies first, then by their place. */
  private static final class Order implements Comparator<Tuple2<String, Size>>, Serializable {
    private static final long serialVersionUID = 1L;

    @Override
    public int compare(Tuple2<String, Size> a, Tuple2<String, Size> b) {
      int copies = Long.compare(b._2().copies, a._2().copies);
      return copies != 0 ? copies : a._1().compareTo(b._1());
    }
  }

  private record Size(long copies, long near) implements Serializable {
    Size and(Size other) {
      return new Size(copies + other.copies, near + other.near);
    }
  }

  private LargestClusters() {}

  /**
   * The largest ones.
   *
   * @param parts of the corpus
   * @param rejections which tell how copies begin
   */
  static List<ScreeningFacts.Cluster> of(
      JavaSparkContext context,
      Storage storage,
      PartStage<CopiedPart> stage,
      int parts,
      JavaRDD<RejectedLine> rejections) {
    List<Integer> numbers = IntStream.range(0, parts).boxed().toList();
    List<Tuple2<String, Size>> largest =
        context
            .parallelize(numbers, Math.min(parts, 2 * context.defaultParallelism()))
            .flatMapToPair(part -> sizes(CopiedPart.read(storage, stage, part), stage.facts(part)))
            .reduceByKey(Size::and)
            .takeOrdered(MOST, new Order());
    Map<String, RejectedLine> first = new HashMap<>();
    List<String> wanted = largest.stream().map(Tuple2::_1).toList();
    rejections
        .mapPartitions(lines -> firsts(lines, wanted))
        .collect()
        .forEach(found -> first.merge(found._1(), found._2(), LargestClusters::before));
    return largest.stream()
        .map(
            one ->
                new ScreeningFacts.Cluster(
                    one._2().copies(),
                    one._2().near(),
                    first.containsKey(one._1())
                        ? parsed(first.get(one._1())).path("excerpt").asText()
                        : ""))
        .toList();
  }

  /** How many copies in a part there are of each document that stays, named by its place. */
  private static Iterator<Tuple2<String, Size>> sizes(Iterator<Copy> copies, CopiedPart part) {
    Map<String, Size> sizes = new HashMap<>();
    while (copies.hasNext()) {
      Copy copy = copies.next();
      sizes.merge(part.kept(copy), new Size(1, copy.near() ? 1 : 0), Size::and);
    }
    return sizes.entrySet().stream()
        .map(entry -> new Tuple2<>(entry.getKey(), entry.getValue()))
        .iterator();
  }

  /** The first copy of each wanted document, as far as these lines have any. */
  private static Iterator<Tuple2<String, RejectedLine>> firsts(
      Iterator<RejectedLine> lines, List<String> wanted) {
    Map<String, RejectedLine> first = new HashMap<>();
    while (lines.hasNext()) {
      RejectedLine line = lines.next();
      if (line.json().contains(CopiedPart.KEPT)) {
        String cause = parsed(line).path("cause").asText();
        if (wanted.contains(cause)) {
          first.merge(cause, line, LargestClusters::before);
        }
      }
    }
    return first.entrySet().stream()
        .map(entry -> new Tuple2<>(entry.getKey(), entry.getValue()))
        .iterator();
  }

  private static RejectedLine before(RejectedLine a, RejectedLine b) {
    boolean first = a.file() != b.file() ? a.file() < b.file() : a.offset() <= b.offset();
    return first ? a : b;
  }

  private static JsonNode parsed(RejectedLine line) {
    try {
      return JSON.readTree(line.json());
    } catch (IOException e) {
      throw new UncheckedIOException("a line of rejections is JSON", e);
    }
  }
}
