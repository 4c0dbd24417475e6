package io.chorale.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.io.Checksums;
import io.chorale.io.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An epoch goes through each source as often as its weight says. */
class MixTest {
  private static final Storage STORAGE = new Storage(new Configuration());
  private static final List<Column> COLUMNS =
      List.of(Column.ids("text", 300), Column.label("label", 2));
  private static final Map<String, Integer> WEIGHTS = Map.of("twice", 2, "once", 1, "never", 0);
  private static final int SHARDS = 3; // of each source
  private static final int ROWS = 20; // of each shard
  private static final int LENGTH = 5; // of each row

  @TempDir java.nio.file.Path directory;

  private Dataset dataset;

  /** Each row has an id of its own, which says its source: 0 to 99 twice, and so on. */
  @BeforeEach
  void write() {
    Path path = new Path(directory.toUri());
    List<ShardFacts> shards = new ArrayList<>();
    List<SourceFacts> sources = new ArrayList<>();
    for (String name : List.of("twice", "once", "never")) {
      sources.add(new SourceFacts(name, List.of(), WEIGHTS.get(name), ""));
      int first = 100 * (sources.size() - 1);
      for (int shard = 0; shard < SHARDS; shard++) {
        ShardWriter writer = new ShardWriter(COLUMNS);
        for (int row = 0; row < ROWS; row++) {
          int[] ids = new int[LENGTH];
          Arrays.fill(ids, first + shard * ROWS + row);
          writer.add(new Row(Map.of("text", Ids.of(ids), "label", Ids.of(new int[] {row % 2}))));
        }
        shards.add(writer.publish(STORAGE, path, DatasetSplit.TRAIN, shards.size(), name));
      }
    }
    STORAGE.publish(new Path(path, "tokenizer.json"), "{}".getBytes());
    Map<String, Facts> facts =
        Map.of(
            "text",
            Facts.tokenizer(Checksums.sha256("{}".getBytes())),
            "label",
            Facts.labels(List.of("no", "yes")));
    Schema schema = new Schema(COLUMNS, facts);
    DatasetManifest.of(
            schema,
            sources,
            Map.of(DatasetSplit.TRAIN, DatasetManifest.Split.of(COLUMNS, shards, 0)))
        .publish(STORAGE, path);
    dataset = Dataset.open(STORAGE, path);
  }

  private static Settings settings(String... set) {
    List<String> all = new ArrayList<>(List.of("train.batch=4", "train.context=5"));
    all.addAll(List.of(set));
    return SettingsFile.read("my.yaml", "", all);
  }

  private static RowBatches rows(int batch) {
    return new RowBatches(List.of("text", "label"), "label", LENGTH, batch, 1, 1 << 20);
  }

  /** How often each id is shown in an epoch, over all workers. */
  private TreeMap<Integer, Integer> shown(Feed feed, Mix mix, int workers, long epoch) {
    TreeMap<Integer, Integer> shown = new TreeMap<>();
    for (int[] own : mix.deal(1, workers, feed::size)) {
      BatchSource source = feed.batches(dataset, own);
      long batches = source.batchesPerEpoch();
      for (long batch = epoch * batches; batch < (epoch + 1) * batches; batch++) {
        for (int id : source.batch(batch).ids("text").values()) {
          shown.merge(id, 1, Integer::sum);
        }
      }
    }
    return shown;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void eachRowIsShownAsOftenAsItsSourceWeighs(int workers) {
    Feed feed = rows(1);
    for (long epoch = 0; epoch < 2; epoch++) {
      TreeMap<Integer, Integer> shown =
          shown(feed, Mix.of(dataset.manifest(), Map.of()), workers, epoch);
      for (int row = 0; row < SHARDS * ROWS; row++) {
        assertEquals(2 * LENGTH, shown.get(row), "row " + row);
        assertEquals(LENGTH, shown.get(100 + row), "row " + row);
        assertFalse(shown.containsKey(200 + row), "row " + row);
      }
    }
  }

  /** Of a stream blocks are cut, so that a few tokens at its end are left over. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void soIsEachTokenOfAStream(int workers) {
    Feed feed = TokenStream.of(settings("train.batch=1").train(), false);
    TreeMap<Integer, Integer> shown = shown(feed, Mix.of(dataset.manifest(), Map.of()), workers, 0);
    int all = 0;
    for (Map.Entry<Integer, Integer> id : shown.entrySet()) {
      int weight = id.getKey() < 100 ? 2 : 1;
      assertTrue(id.getKey() < 200 && id.getValue() <= weight * LENGTH, id.toString());
      all += id.getValue();
    }
    int tokens = 3 * SHARDS * ROWS * LENGTH;
    assertTrue(all <= tokens && all >= tokens - 2 * LENGTH * workers, all + " of " + tokens);
  }

  @Test
  void theSettingsWinOverTheDataset() {
    Mix mix =
        Mix.of(dataset.manifest(), settings("train.mix={never: 3, twice: 0}").train().weights());
    TreeMap<String, Integer> times = new TreeMap<>();
    mix.epoch().forEach(shard -> times.merge(shard.source(), 1, Integer::sum));
    assertEquals(Map.of("once", SHARDS, "never", 3 * SHARDS), times);
    SettingsException unknown =
        assertThrows(
            SettingsException.class, () -> Mix.of(dataset.manifest(), Map.of("twicee", 1)));
    assertEquals(
        "train.mix must name sources of the dataset (got: twicee). The nearest one is twice.",
        unknown.getMessage());
    assertThrows(
        SettingsException.class, () -> Mix.of(dataset.manifest(), Map.of("twice", 0, "once", 0)));
    assertThrows(SettingsException.class, () -> settings("train.mix={web: 0.5}"));
    assertThrows(SettingsException.class, () -> settings("train.mix={web: -1}"));
  }

  /** Two workers on one shard must not do the same steps. */
  @Test
  void workersThatShareAShardReadItInOrdersOfTheirOwn() {
    Feed feed = rows(4);
    int first = 0;
    int second = first + dataset.manifest().split(DatasetSplit.TRAIN).shards().size();
    int[] one = feed.batches(dataset, new int[] {first}).batch(0).ids("text").values();
    int[] other = feed.batches(dataset, new int[] {second}).batch(0).ids("text").values();
    assertNotEquals(Arrays.toString(one), Arrays.toString(other));
  }

  /** So golden runs stay what they are. */
  @Test
  void weightsOfOneAreThePlanOfShards() {
    Mix mix = Mix.of(dataset.manifest(), Map.of("twice", 1, "never", 1));
    long[] sizes = new long[3 * SHARDS];
    Arrays.fill(sizes, ROWS);
    for (int workers : new int[] {1, 2, 4}) {
      int[][] expected = ShardPlan.assign(7, workers, sizes);
      int[][] dealt = mix.deal(7, workers, ShardFacts::rows);
      for (int worker = 0; worker < workers; worker++) {
        assertArrayEquals(expected[worker], dealt[worker]);
      }
    }
  }
}
