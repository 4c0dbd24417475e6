package io.chorale.jobs.duplicate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.duplicate.Bands;
import io.chorale.duplicate.MinHash;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedSession;
import io.chorale.random.SplitMix64;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongUnaryOperator;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class DuplicatesTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  private static final Bands BANDS = new Bands(8, 3);
  private static final String BASE =
      "it was on a dreary night of november that i beheld the accomplishment of my toils with an"
          + " anxiety that almost amounted to agony i collected the instruments of life around me";

  @TempDir private Path directory;
  private int jobs;

  @Test
  void exactCopiesAreFoundWithinTheirScope() {
    List<Row> rows =
        List.of(
            document(10, 0, 1, "a"),
            document(11, 0, 1, "a"),
            document(12, 0, 0, "a"),
            document(13, 1, 0, "a"),
            document(14, 1, 0, "b"),
            document(15, 1, 0, "b"));
    Map<Long, Long> kept = new TreeMap<>();
    Duplicates.exact(table(rows, 2))
        .collectAsList()
        .forEach(row -> kept.put(row.getLong(0), row.getLong(1)));
    assertEquals(Map.of(10L, 12L, 11L, 12L, 15L, 14L), kept);
  }

  @Test
  void nearCopiesAreFoundWhateverTheIdsAndPartitions() {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      texts.add(BASE + " word" + (char) ('a' + i % 20)); // each twice
      texts.add(alone(i));
    }
    Map<String, String> expected = null;
    for (int partitions : new int[] {1, 7}) {
      int step = 2 * partitions + 1; // ids in three orders
      List<Row> rows = new ArrayList<>();
      for (int i = 0; i < texts.size(); i++) {
        rows.add(document(Math.floorMod(step * (long) i, 1009), 0, 0, texts.get(i)));
      }
      Map<Long, String> texted = new TreeMap<>();
      rows.forEach(row -> texted.put(row.getLong(0), texts.get(rows.indexOf(row))));
      Map<String, String> found = new TreeMap<>();
      int near = 0;
      for (Row row : near(table(rows, partitions), steps())) {
        String text = texted.get(row.getLong(0));
        found.put(text, texted.get(row.getLong(1)));
        near += row.getBoolean(2) ? 1 : 0;
      }
      assertEquals(19, near);
      // The twins of all 20, and all of them but one.
      assertEquals(1, found.values().stream().distinct().count());
      assertEquals(20, found.size());
      expected = expected == null ? found : expected;
      assertEquals(expected, found);
    }
  }

  @Test
  void theLeastRankStays() {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      rows.add(document(i, 0, i == 7 ? -1 : i, BASE + " word" + (char) ('a' + i)));
    }
    List<Row> found = near(table(rows, 2), steps());
    assertEquals(9, found.size());
    found.forEach(row -> assertEquals(7, row.getLong(1)));
  }

  @Test
  void documentsWithoutASignatureHaveNoNearCopies() {
    List<Row> rows =
        List.of(
            document(0, 0, 0, "too few words"),
            document(1, 0, 0, "too few wordz"),
            document(2, 0, 0, "too few words"));
    List<Row> found = near(table(rows, 2), steps());
    assertEquals(1, found.size());
    assertEquals(RowFactory.create(2L, 0L, false), found.get(0));
  }

  /** Its only bucket, and its cluster, go through one task as a stream. */
  @Test
  void aClusterOfAHundredThousandNearCopies() {
    int copies = 100_000;
    MapPartitionsFunction<Long, Row> sign =
        ids -> {
          List<Row> rows = new ArrayList<>();
          MinHash hash = new MinHash(5, BANDS.hashes());
          while (ids.hasNext()) {
            long id = ids.next();
            StringBuilder word = new StringBuilder();
            for (long rest = id + 1; rest > 0; rest /= 26) {
              word.append((char) ('a' + rest % 26));
            }
            rows.add(row(id, 0, 0, BASE + " " + word, hash));
          }
          return rows.iterator();
        };
    Dataset<Row> documents =
        SPARK
            .session()
            .sql()
            .range(0, copies, 1, 4)
            .mapPartitions(sign, Encoders.row(Duplicates.DOCUMENTS));
    Dataset<Row> found = Duplicates.near(documents, documents.limit(0), BANDS, 0.4, steps());
    assertEquals(copies - 1, found.count());
    assertEquals(1, found.select(Duplicates.KEPT).distinct().count());
    assertEquals(copies - 1, found.select(Duplicates.ID).distinct().count());
  }

  @Test
  void componentsAreThoseOfASequentialSearch() {
    SplitMix64 random = new SplitMix64(2);
    List<long[]> edges = new ArrayList<>();
    LongUnaryOperator shuffled = id -> SplitMix64.mix(id + 1) >>> 4;
    for (long i = 0; i < 1000; i++) {
      edges.add(new long[] {i, i + 1}); // a path
    }
    for (long i = 3000; i < 3060; i++) {
      for (long j = 3000; j < i; j++) {
        edges.add(new long[] {i, j}); // a clique
      }
    }
    for (int i = 0; i < 3000; i++) {
      edges.add(new long[] {4000 + random.below(4000), 4000 + random.below(4000)});
    }
    edges.add(new long[] {1000, 3000}); // joins path and clique
    edges.removeIf(edge -> edge[0] == edge[1]);
    edges.replaceAll(
        edge -> new long[] {shuffled.applyAsLong(edge[0]), shuffled.applyAsLong(edge[1])});
    Map<Long, Long> expected = sequential(edges);
    for (int partitions : new int[] {1, 7}) {
      assertEquals(expected, told(Components.of(edges(edges, partitions), steps())));
    }
  }

  /** Dealt to seven partitions, few edges of the path meet the next one before the first round. */
  @Test
  void aLongPathAndALargeStarNeedFewRounds() {
    List<long[]> edges = new ArrayList<>();
    for (long i = 0; i < 1000; i++) {
      edges.add(new long[] {1_000_000 + i, 1_000_001 + i});
    }
    for (long i = 1; i <= 100_000; i++) {
      edges.add(new long[] {500_000 - i, 500_000}); // the centre is the largest
    }
    Steps steps = steps();
    Dataset<Row> found = Components.of(edges(edges, 7), steps);
    Map<Long, Long> told = told(found);
    assertEquals(101_000, told.size());
    assertEquals(1_000_000, told.get(1_001_000L));
    assertEquals(400_000, told.get(500_000L));
    assertTrue(Files.notExists(directory.resolve(jobs + "/components-16")), "more than 15 rounds");
  }

  @Test
  void noEdgesHaveNoComponents() {
    assertEquals(Map.of(), told(Components.of(edges(List.of(), 2), steps())));
  }

  @Test
  void aSetThatOutgrowsItsBoundIsToldAndBegunAnew() {
    List<Row> path = new ArrayList<>();
    for (long i = 0; i < 100; i++) {
      path.add(Edges.row(i, i + 1));
    }
    List<long[]> left = new ArrayList<>();
    new Contraction(path.iterator(), 8)
        .forEachRemaining(row -> left.add(new long[] {row.getLong(0), row.getLong(1)}));
    Map<Long, Long> expected = new TreeMap<>();
    for (long i = 1; i <= 100; i++) {
      expected.put(i, 0L);
    }
    assertEquals(expected, sequential(left));
  }

  @Test
  void whatWasFinishedIsNotComputedAgain() throws Exception {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      rows.add(document(i, 0, 0, BASE + " word" + (char) ('a' + i)));
    }
    Steps steps = steps();
    List<Row> expected = near(table(rows, 2), steps);
    Path of = directory.resolve(String.valueOf(jobs));
    // As after a kill while the second to last step was written.
    Files.delete(of.resolve("near/_SUCCESS"));
    Files.delete(of.resolve("components-1/_SUCCESS"));
    Object edges = Files.getLastModifiedTime(of.resolve("edges/_SUCCESS"));
    assertEquals(expected, near(table(rows, 2), steps));
    assertEquals(edges, Files.getLastModifiedTime(of.resolve("edges/_SUCCESS")));
    assertTrue(Files.exists(of.resolve("components-1/_SUCCESS")));
    assertFalse(expected.isEmpty());
  }

  private Steps steps() {
    Path of = directory.resolve(String.valueOf(++jobs));
    return new Steps(
        SPARK.session().sql(),
        new Storage(new Configuration()),
        new org.apache.hadoop.fs.Path(of.toUri()),
        step -> {});
  }

  private static List<Row> near(Dataset<Row> documents, Steps steps) {
    return Duplicates.near(documents, documents.limit(0), BANDS, 0.4, steps)
        .orderBy(Duplicates.ID)
        .collectAsList();
  }

  private static Row document(long id, long scope, long rank, String text) {
    return row(id, scope, rank, text, new MinHash(5, BANDS.hashes()));
  }

  private static Row row(long id, long scope, long rank, String text, MinHash hash) {
    long high = 0;
    for (int i = 0; i < text.length(); i++) {
      high = SplitMix64.mix(high + text.charAt(i));
    }
    return RowFactory.create(
        id,
        scope,
        rank,
        high,
        SplitMix64.mix(high),
        hash.sign(text).map(signature -> signature.bytes()).orElse(null));
  }

  /** A text that is like no other. */
  private static String alone(int number) {
    SplitMix64 random = new SplitMix64(number);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      text.append((char) ('a' + random.below(26))).append(i % 5 == 4 ? " " : "");
    }
    return text.toString();
  }

  private static Dataset<Row> table(List<Row> rows, int partitions) {
    return SPARK
        .session()
        .sql()
        .createDataFrame(rows, Duplicates.DOCUMENTS)
        .repartition(partitions);
  }

  private static Dataset<Row> edges(List<long[]> edges, int partitions) {
    List<Row> rows = edges.stream().map(edge -> Edges.row(edge[0], edge[1])).toList();
    return SPARK.session().sql().createDataFrame(rows, Edges.COLUMNS).repartition(partitions);
  }

  private static Map<Long, Long> told(Dataset<Row> components) {
    Map<Long, Long> told = new TreeMap<>();
    components
        .collectAsList()
        .forEach(row -> assertEquals(null, told.put(row.getLong(0), row.getLong(1))));
    return told;
  }

  /** Each node that is not the least of its component, with the least one. */
  private static Map<Long, Long> sequential(List<long[]> edges) {
    Map<Long, Long> least = new TreeMap<>();
    boolean changed = true;
    edges.forEach(
        edge -> {
          least.put(edge[0], edge[0]);
          least.put(edge[1], edge[1]);
        });
    while (changed) {
      changed = false;
      for (long[] edge : edges) {
        long of = Math.min(least.get(edge[0]), least.get(edge[1]));
        changed |= least.put(edge[0], of) != of;
        changed |= least.put(edge[1], of) != of;
      }
    }
    least.entrySet().removeIf(entry -> entry.getKey().equals(entry.getValue()));
    return least;
  }
}
