package io.chorale.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
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
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Windows of series whose numbers say where they stand: of series s at time t, 10,000 s + t. */
class SeriesWindowsTest {
  private static final Storage STORAGE = new Storage(new Configuration());
  private static final int HISTORY = 6;
  private static final Schema SCHEMA =
      new Schema(
          List.of(
              Column.series("series", 2),
              Column.series("history", 2),
              Column.series("calendar", 1)),
          Map.of("series", Facts.series(List.of(), List.of(), List.of(), "PT1H", HISTORY)));

  @TempDir java.nio.file.Path directory;

  /** A piece of a series: its history begins at one time, its own steps at another. */
  private record Piece(int series, int history, int from, int to) {}

  private static float[] steps(Piece piece, int from, int to) {
    float[] steps = new float[2 * (to - from)];
    for (int time = from; time < to; time++) {
      steps[2 * (time - from)] = 10_000 * piece.series + time;
      steps[2 * (time - from) + 1] = -steps[2 * (time - from)];
    }
    return steps;
  }

  private static Row row(Piece piece) {
    float[] calendar = new float[piece.to - piece.history];
    for (int i = 0; i < calendar.length; i++) {
      calendar[i] = 0.001f * (piece.history + i);
    }
    return new Row(
        Map.of(
            "series", Numbers.of(2, steps(piece, piece.from, piece.to)),
            "history", Numbers.of(2, steps(piece, piece.history, piece.from)),
            "calendar", Numbers.of(1, calendar)));
  }

  private Dataset dataset(String name, Map<DatasetSplit, List<List<Piece>>> pieces) {
    Path path = new Path(directory.resolve(name).toUri());
    Map<DatasetSplit, DatasetManifest.Split> splits = new HashMap<>();
    pieces.forEach(
        (split, ofSplit) -> {
          List<ShardFacts> shards = new ArrayList<>();
          for (List<Piece> ofShard : ofSplit) {
            ShardWriter writer = new ShardWriter(SCHEMA.columns());
            ofShard.forEach(piece -> writer.add(row(piece)));
            shards.add(writer.publish(STORAGE, path, split, shards.size()));
          }
          splits.put(split, DatasetManifest.Split.of(SCHEMA.columns(), shards, 0));
        });
    DatasetManifest.of(SCHEMA, splits).publish(STORAGE, path);
    return Dataset.open(STORAGE, path);
  }

  /** Series 1 of 30 steps and 2 of 12, cut or not. */
  private Dataset trained(String name, List<List<Piece>> shards) {
    return dataset(name, Map.of(DatasetSplit.TRAIN, shards));
  }

  private Dataset whole() {
    return trained("whole", List.of(List.of(new Piece(1, 0, 1, 30), new Piece(2, 0, 1, 12))));
  }

  private Dataset cut() {
    return trained(
        "cut",
        List.of(
            List.of(new Piece(1, 0, 1, 11)),
            List.of(new Piece(1, 5, 11, 20), new Piece(2, 0, 1, 12)),
            List.of(new Piece(1, 14, 20, 23), new Piece(1, 17, 23, 30))));
  }

  private static SeriesWindows windows(int lookBack, int horizon, int batch, long stretch) {
    return new SeriesWindows(
        List.of("series", "history", "calendar"), 2, lookBack, horizon, batch, 7, stretch);
  }

  /** Where each window begins, after a look at all that it holds. */
  private static List<Integer> origins(SeriesWindows feed, Batch batch) {
    Numbers past = batch.numbers("series");
    Numbers future = batch.numbers(SeriesWindows.FUTURE);
    Numbers calendar = batch.numbers("calendar");
    List<Integer> origins = new ArrayList<>();
    for (int row = 0; row < batch.rows(); row++) {
      int first = (int) past.values()[2 * row * feed.lookBack()];
      for (int i = 0; i < feed.lookBack(); i++) {
        int at = row * feed.lookBack() + i;
        assertEquals(first + i, past.values()[2 * at]);
        assertEquals(-first - i, past.values()[2 * at + 1]);
        assertEquals(0.001f * (first % 10_000 + i), calendar.values()[at], 1e-4f);
      }
      for (int i = 0; i < feed.horizon(); i++) {
        int at = row * feed.horizon() + i;
        assertEquals(first + feed.lookBack() + i, future.values()[2 * at]);
      }
      origins.add(first + feed.lookBack());
    }
    assertEquals((long) batch.rows() * feed.horizon() * 2, batch.predictions());
    return origins;
  }

  private static Set<Integer> all(SeriesWindows feed, int series, int from, int to) {
    Set<Integer> all = new TreeSet<>();
    for (int origin = Math.max(from, feed.lookBack()); origin + feed.horizon() <= to; origin++) {
      all.add(10_000 * series + origin);
    }
    return all;
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "3, 2", "2, 3", "4, 3", "1, 6", "6, 1"})
  void windowsDoNotDependOnWhereASeriesIsCut(int lookBack, int horizon) {
    SeriesWindows feed = windows(lookBack, horizon, 1, 1 << 20);
    Set<Integer> expected = all(feed, 1, 0, 30);
    expected.addAll(all(feed, 2, 0, 12));
    for (Dataset dataset : List.of(whole(), cut())) {
      List<ShardFacts> facts = dataset.manifest().split(DatasetSplit.TRAIN).shards();
      int[] shards = IntStream.range(0, facts.size()).toArray();
      assertEquals(expected.size(), feed.batchesPerEpoch(facts));
      assertEquals(2L * horizon * expected.size(), facts.stream().mapToLong(feed::size).sum());
      assertEquals(2L * horizon * expected.size(), feed.predictions(facts));
      BatchSource source = feed.batches(dataset, shards);
      for (long epoch = 0; epoch < 2; epoch++) {
        List<Integer> seen = new ArrayList<>();
        for (long step = 0; step < expected.size(); step++) {
          seen.addAll(origins(feed, source.batch(epoch * expected.size() + step)));
        }
        assertEquals(expected.size(), seen.size());
        assertEquals(expected, new TreeSet<>(seen));
      }
      // The training split is evaluated on the same windows.
      assertEquals(expected, new TreeSet<>(evaluated(feed, dataset, DatasetSplit.TRAIN, 3)));
    }
  }

  private static List<Integer> evaluated(
      SeriesWindows feed, Dataset dataset, DatasetSplit split, int rows) {
    List<Integer> seen = new ArrayList<>();
    for (Part part : feed.parts(dataset, split)) {
      Iterator<Batch> batches = feed.read(dataset, split, part, rows);
      batches.forEachRemaining(batch -> seen.addAll(origins(feed, batch)));
    }
    return seen;
  }

  /** Each time is an epoch's own, and a batch is a function of the step alone. */
  @Test
  void theOrderIsAFunctionOfTheStep() {
    SeriesWindows feed = windows(3, 2, 4, 12);
    Dataset dataset = cut();
    int[] shards = {0, 1, 2};
    BatchSource source = feed.batches(dataset, shards);
    long batches = source.batchesPerEpoch();
    assertEquals((26 + 8) / 4, batches);
    List<List<Integer>> steps = new ArrayList<>();
    for (long step = 0; step < 3 * batches; step++) {
      steps.add(origins(feed, source.batch(step)));
    }
    for (int step : new int[] {17, 3, 9, 22, 0}) {
      assertEquals(steps.get(step), origins(feed, feed.batches(dataset, shards).batch(step)));
    }
    Set<Set<Integer>> epochs = new HashSet<>();
    for (int epoch = 0; epoch < 3; epoch++) {
      List<Integer> seen = new ArrayList<>();
      steps.subList((int) (epoch * batches), (int) ((epoch + 1) * batches)).forEach(seen::addAll);
      assertEquals(4 * batches, new TreeSet<>(seen).size(), "none twice");
      assertTrue(!new ArrayList<>(new TreeSet<>(seen)).equals(seen), "shuffled");
      epochs.add(new TreeSet<>(seen));
    }
    assertTrue(epochs.size() > 1, "another two windows are left out");
  }

  /** As the literature evaluates: all that is forecast lies in the split, not all that is known. */
  @Test
  void aSplitIsForecastFromItsFirstStepToItsLast() {
    Dataset dataset =
        dataset(
            "test",
            Map.of(
                DatasetSplit.TEST,
                List.of(
                    List.of(new Piece(1, 14, 20, 2900), new Piece(3, 40, 41, 50)),
                    List.of(new Piece(2, 0, 6, 8)))));
    SeriesWindows feed = windows(4, 3, 1, 1);
    Set<Integer> expected = new TreeSet<>();
    for (int origin = 20; origin <= 2900 - 3; origin++) {
      expected.add(10_000 + origin);
    }
    // A series that begins in the split needs its first steps to look back on.
    for (int origin = 44; origin <= 47; origin++) {
      expected.add(30_000 + origin);
    }
    for (int rows : new int[] {1, 7, 5000}) {
      List<Integer> seen = evaluated(feed, dataset, DatasetSplit.TEST, rows);
      assertEquals(expected.size(), seen.size());
      assertEquals(expected, new TreeSet<>(seen));
      int[] inOrder = seen.stream().mapToInt(Integer::intValue).toArray();
      int[] sorted = inOrder.clone();
      Arrays.sort(sorted);
      assertArrayEquals(sorted, inOrder);
    }
    assertTrue(
        feed.predictions(dataset.manifest().split(DatasetSplit.TEST).shards())
            >= 6 * expected.size());
    assertEquals(
        0,
        windows(1, 3000, 1, 1).predictions(dataset.manifest().split(DatasetSplit.TEST).shards()));
  }

  @Test
  void aWindowCanBeMadeUp() {
    SeriesWindows feed = windows(2, 1, 1, 1);
    Row row = feed.window(new float[] {1, 2, 3, 4}, new float[] {5, 6}, new float[] {0.1f, 0.2f});
    Batch batch = feed.windows(List.of(row, row));
    assertEquals(2, batch.rows());
    assertEquals(4, batch.predictions());
    assertArrayEquals(new float[] {1, 2, 3, 4, 1, 2, 3, 4}, batch.numbers("series").values());
    assertArrayEquals(new float[] {5, 6, 5, 6}, batch.numbers(SeriesWindows.FUTURE).values());
  }
}
