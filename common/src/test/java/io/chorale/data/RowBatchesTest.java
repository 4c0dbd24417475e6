package io.chorale.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.DatasetSplit;
import io.chorale.io.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The first token of every row is a number of its own, so a batch tells which rows it has. */
class RowBatchesTest {
  private static final int[] ROWS = {500, 3, 200, 1, 700};
  private static final int[] OWNED = {0, 1, 3, 4};
  private static final int TOTAL = 500 + 3 + 1 + 700;
  private static final int VOCABULARY = 10_000;
  private static final List<Column> COLUMNS =
      List.of(Column.ids("text", VOCABULARY), Column.label("label", 5));
  private static final List<String> NAMES = List.of("text", "label");

  @TempDir static java.nio.file.Path directory;

  private final Set<Integer> loads = new HashSet<>();

  /** Lengths from 2 to 101, half of them below 20. */
  private static Row row(int number) {
    double place = new SplittableRandom(number).nextDouble();
    int[] ids = new int[2 + (int) (100 * place * place * Math.sqrt(place))];
    Arrays.fill(ids, 1);
    ids[0] = number;
    return new Row(Map.of("text", Ids.of(ids), "label", Ids.of(number % 5)));
  }

  private static Dataset dataset(int... rows) {
    Storage storage = new Storage(new Configuration());
    Path path = new Path(directory.resolve(Arrays.toString(rows).replaceAll("\\D+", "-")).toUri());
    List<ShardFacts> shards = new ArrayList<>();
    for (int shard = 0; shard < rows.length; shard++) {
      ShardWriter writer = new ShardWriter(COLUMNS);
      for (int i = 0; i < rows[shard]; i++) {
        writer.add(row(1000 * shard + i));
      }
      shards.add(writer.publish(storage, path, DatasetSplit.TRAIN, shard));
    }
    Schema schema = new Schema(COLUMNS, Map.of());
    DatasetManifest.of(
            schema, Map.of(DatasetSplit.TRAIN, DatasetManifest.Split.of(COLUMNS, shards, 0)))
        .publish(storage, path);
    return Dataset.open(storage, path);
  }

  private static final class Held {
    static final Dataset DATASET = dataset(ROWS);
  }

  private RowSource source(RowBatches feed) {
    return source(feed, OWNED);
  }

  private RowSource source(RowBatches feed, int... shards) {
    return new RowSource(
        feed,
        shard -> {
          loads.add(shard);
          return Held.DATASET.shard(DatasetSplit.TRAIN, shard);
        },
        shards,
        facts());
  }

  private static List<ShardFacts> facts() {
    return Held.DATASET.manifest().split(DatasetSplit.TRAIN).shards();
  }

  private static RowBatches feed(int context, int batch, long window, long seed) {
    return new RowBatches(NAMES, "label", context, batch, seed, window);
  }

  private static int[] numbers(Batch batch) {
    Ids text = batch.ids("text");
    return IntStream.range(0, batch.rows()).map(i -> text.values()[i * text.length()]).toArray();
  }

  @ParameterizedTest
  @CsvSource({"1,1000000", "7,1000000", "7,2000", "7,1", "64,5000", "301,1", "1204,1", "602,90000"})
  void anEpochShowsEveryRowOnceButTheRemainder(int batch, long window) {
    RowBatches feed = feed(200, batch, window, 1);
    RowSource batches = source(feed);
    long perEpoch = batches.batchesPerEpoch();
    assertEquals(TOTAL / batch, perEpoch);
    assertEquals(
        perEpoch, feed.batchesPerEpoch(Arrays.stream(OWNED).mapToObj(facts()::get).toList()));
    Set<Set<Integer>> left = new HashSet<>();
    for (long epoch = 0; epoch < 3; epoch++) {
      Set<Integer> shown = new HashSet<>();
      for (long i = 0; i < perEpoch; i++) {
        Batch read = batches.batch(epoch * perEpoch + i);
        assertEquals(batch, read.rows());
        assertEquals(batch, read.predictions());
        assertFalse(read.continued());
        assertRows(read);
        Arrays.stream(numbers(read)).forEach(number -> assertTrue(shown.add(number)));
      }
      assertEquals(perEpoch * batch, shown.size());
      left.add(shown);
    }
    assertEquals(Set.of(0, 1, 3, 4), loads);
    if (TOTAL % batch > 20) {
      assertEquals(3, left.size(), "each epoch leaves out others");
    }
  }

  private static void assertRows(Batch batch) {
    Ids text = batch.ids("text");
    int longest = 0;
    for (int i = 0; i < batch.rows(); i++) {
      Row expected = row(numbers(batch)[i]);
      int[] ids = ((Ids) expected.cell("text")).values();
      int at = i * text.length();
      assertArrayEquals(ids, Arrays.copyOfRange(text.values(), at, at + ids.length));
      assertEquals(ids.length, text.lengths()[i]);
      assertEquals(((Ids) expected.cell("label")).values()[0], batch.ids("label").values()[i]);
      longest = Math.max(longest, ids.length);
    }
    assertEquals(longest, text.length());
  }

  @Test
  void longRowsAreCutToTheirBegin() {
    RowSource batches = source(feed(10, 50, 1_000_000, 1));
    for (long step = 0; step < batches.batchesPerEpoch(); step++) {
      Batch batch = batches.batch(step);
      assertTrue(batch.ids("text").length() <= 10);
      for (int i = 0; i < batch.rows(); i++) {
        int length = ((Ids) row(numbers(batch)[i]).cell("text")).length();
        assertEquals(Math.min(10, length), batch.ids("text").lengths()[i]);
      }
    }
  }

  @Test
  void fewerRowsThanABatchMakeOneOfAll() {
    RowBatches feed = feed(200, 64, 1000, 1);
    RowSource batches = source(feed, 1);
    assertEquals(1, batches.batchesPerEpoch());
    for (long step = 0; step < 5; step++) {
      assertEquals(
          Set.of(1000, 1001, 1002),
          new HashSet<>(Arrays.stream(numbers(batches.batch(step))).boxed().toList()));
    }
  }

  @ParameterizedTest
  @CsvSource({"7,1000000", "7,2000", "7,1", "100,3000"})
  void aStepGivesTheSameBatchWhateverWasReadBefore(int batch, long window) {
    RowBatches feed = feed(50, batch, window, 7);
    RowSource inOrder = source(feed);
    long steps = 3 * inOrder.batchesPerEpoch();
    List<Batch> expected = new ArrayList<>();
    for (long step = 0; step < steps; step++) {
      expected.add(inOrder.batch(step));
    }
    RowSource random = source(feed);
    Random order = new Random(3);
    for (int i = 0; i < 200; i++) {
      int step = order.nextInt((int) steps);
      assertSame(expected.get(step), random.batch(step));
      assertSame(expected.get(step), source(feed).batch(step));
    }
  }

  private static void assertSame(Batch expected, Batch found) {
    assertArrayEquals(expected.ids("text").values(), found.ids("text").values());
    assertArrayEquals(expected.ids("label").values(), found.ids("label").values());
  }

  @Test
  void epochsSeedsAndWorkersDiffer() {
    RowSource one = source(feed(200, 10, 1_000_000, 1));
    long perEpoch = one.batchesPerEpoch();
    Set<List<Integer>> firsts = new HashSet<>();
    for (long epoch = 0; epoch < 10; epoch++) {
      firsts.add(Arrays.stream(numbers(one.batch(epoch * perEpoch))).boxed().toList());
    }
    assertEquals(10, firsts.size());
    int[] two = numbers(source(feed(200, 10, 1_000_000, 2)).batch(0));
    assertFalse(Arrays.equals(numbers(one.batch(0)), two));
    int[] places =
        Arrays.stream(numbers(source(feed(200, 10, 1, 1), 2).batch(0)))
            .map(i -> i % 1000)
            .toArray();
    int[] others =
        Arrays.stream(numbers(source(feed(200, 10, 1, 1), 4).batch(0)))
            .map(i -> i % 1000)
            .toArray();
    assertFalse(Arrays.equals(places, others));
  }

  @Test
  void batchesHaveRowsOfLikeLengthInNoOrder() {
    RowSource batches = source(feed(200, 16, 1_000_000, 1));
    long padded = 0;
    long tokens = 0;
    int rising = 0;
    int last = 0;
    Set<Integer> shards = new HashSet<>();
    for (long step = 0; step < batches.batchesPerEpoch(); step++) {
      Ids text = batches.batch(step).ids("text");
      padded += text.values().length;
      tokens += Arrays.stream(text.lengths()).sum();
      rising += text.length() >= last ? 1 : 0;
      last = text.length();
      shards.add(
          (int) Arrays.stream(numbers(batches.batch(step))).map(i -> i / 1000).distinct().count());
    }
    long unsorted = 0;
    for (int from = 0; from + 16 <= 700; from += 16) {
      unsorted +=
          16L
              * IntStream.range(from, from + 16)
                  .map(i -> ((Ids) row(4000 + i).cell("text")).length())
                  .max()
                  .orElseThrow();
    }
    double perRow = tokens / (double) (batches.batchesPerEpoch() * 16);
    assertTrue(padded < 1.1 * tokens, padded + " for " + tokens);
    assertTrue(unsorted > 2 * perRow * 688, "else that shows nothing: " + unsorted);
    assertTrue(rising > 20 && rising < 55, rising + " of " + batches.batchesPerEpoch());
    assertTrue(shards.contains(2), "rows of a window's shards are mixed");
  }

  @Test
  void onlyTheShardsOfAWindowAreHeld() {
    RowSource batches = source(feed(200, 4, 400, 1));
    Map<Integer, Integer> reads = new HashMap<>();
    for (long step = 0; step < batches.batchesPerEpoch(); step++) {
      loads.clear();
      batches.batch(step);
      assertTrue(loads.size() <= 3);
      loads.forEach(shard -> reads.merge(shard, 1, Integer::sum));
    }
    assertEquals(Map.of(0, 1, 1, 1, 3, 1, 4, 1), reads);
  }

  @Test
  void aShardThatCannotBeReadLeavesNothingBehind() {
    boolean[] fails = {false};
    RowSource batches =
        new RowSource(
            feed(200, 5, 400, 1),
            shard -> {
              if (fails[0]) {
                throw new IllegalStateException();
              }
              return Held.DATASET.shard(DatasetSplit.TRAIN, shard);
            },
            OWNED,
            facts());
    Batch first = batches.batch(0);
    fails[0] = true;
    assertThrows(
        IllegalStateException.class,
        () -> {
          for (long step = 0; step < batches.batchesPerEpoch(); step++) {
            batches.batch(step);
          }
        });
    fails[0] = false;
    assertSame(first, batches.batch(0));
  }

  @ParameterizedTest
  @CsvSource({"1", "16", "1000"})
  void partsShowEveryRowOnceWhateverIsReadAtATime(int rows) {
    RowBatches feed = feed(200, 8, 1, 1);
    List<Part> parts = feed.parts(Held.DATASET, DatasetSplit.TRAIN);
    assertEquals(List.of(), feed.parts(Held.DATASET, DatasetSplit.TEST));
    Set<Integer> shown = new HashSet<>();
    long predictions = 0;
    for (Part part : parts) {
      int shard = part.shard();
      Iterator<Batch> batches = feed.read(Held.DATASET, DatasetSplit.TRAIN, part, rows);
      int longest = 0;
      while (batches.hasNext()) {
        Batch batch = batches.next();
        assertRows(batch);
        assertTrue(batch.rows() <= rows);
        assertTrue(batch.ids("text").length() >= longest, "sorted by length");
        longest = batch.ids("text").length();
        predictions += batch.predictions();
        for (int number : numbers(batch)) {
          assertEquals(shard, number / 1000);
          assertTrue(shown.add(number));
        }
      }
    }
    assertEquals(Arrays.stream(ROWS).sum(), shown.size());
    assertEquals(feed.predictions(facts()), predictions);
  }

  @Test
  void aPartHasSomeTokens() {
    Dataset large = dataset(4000);
    List<Part> parts = feed(200, 8, 1, 1).parts(large, DatasetSplit.TRAIN);
    long tokens = large.manifest().split(DatasetSplit.TRAIN).elements("text");
    assertTrue(tokens > 3 << 15);
    assertEquals(tokens / (double) (1 << 15), parts.size(), 1);
    assertNotEquals(parts.get(0).to(), parts.get(1).to());
  }
}
