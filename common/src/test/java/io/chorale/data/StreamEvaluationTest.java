package io.chorale.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.DatasetSplit;
import io.chorale.io.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Token t of a shard is t, so a batch tells what each prediction is made from. */
class StreamEvaluationTest {
  private static final int VOCABULARY = 200_000;

  @TempDir java.nio.file.Path directory;

  private Dataset dataset(int... tokens) {
    Storage storage = new Storage(new Configuration());
    Path path = new Path(directory.toUri());
    Schema schema = new Schema(List.of(Column.ids("text", VOCABULARY)), Map.of());
    List<ShardFacts> shards = new ArrayList<>();
    for (int shard = 0; shard < tokens.length; shard++) {
      ShardWriter writer = new ShardWriter(schema.columns());
      writer.add(new Row(Map.of("text", Ids.of(IntStream.range(0, tokens[shard]).toArray()))));
      shards.add(writer.publish(storage, path, DatasetSplit.VALIDATION, shard));
    }
    DatasetManifest.of(
            schema,
            Map.of(DatasetSplit.VALIDATION, DatasetManifest.Split.of(schema.columns(), shards, 0)))
        .publish(storage, path);
    return Dataset.open(storage, path);
  }

  private static TokenStream stream(int context, boolean carries) {
    return new TokenStream("text", context, 1, 1, 1, carries);
  }

  /**
   * By shard and token: the first token that its prediction is made from. Fails where a token is
   * predicted twice, or from another one than that before it.
   */
  private static Map<List<Integer>, Integer> madeFrom(
      Dataset dataset, TokenStream stream, int rows) {
    Map<List<Integer>, Integer> first = new HashMap<>();
    for (Part part : stream.parts(dataset, DatasetSplit.VALIDATION)) {
      Iterator<Batch> batches = stream.read(dataset, DatasetSplit.VALIDATION, part, rows);
      int[] begins = {};
      int[] lasts = {};
      while (batches.hasNext()) {
        Batch batch = batches.next();
        assertTrue(batch.rows() <= rows);
        Ids inputs = batch.ids("text");
        int[] targets = batch.ids(TokenStream.NEXT).values();
        assertTrue(inputs.length() <= stream.context());
        int[] heads =
            IntStream.range(0, batch.rows())
                .map(r -> inputs.values()[r * inputs.length()])
                .toArray();
        if (batch.continued()) {
          int[] before = lasts;
          IntStream.range(0, heads.length).forEach(r -> assertEquals(before[r] + 1, heads[r]));
        } else {
          begins = heads;
        }
        lasts = new int[batch.rows()];
        long predictions = 0;
        for (int row = 0; row < batch.rows(); row++) {
          for (int t = 0; t < inputs.length(); t++) {
            int at = row * inputs.length() + t;
            if (t < inputs.lengths()[row]) {
              lasts[row] = inputs.values()[at];
              assertEquals(heads[row] + t, lasts[row]);
            }
            if (targets[at] != Batch.IGNORED) {
              predictions++;
              assertEquals(inputs.values()[at] + 1, targets[at]);
              List<Integer> key = List.of(part.shard(), targets[at]);
              assertEquals(null, first.put(key, begins[row]), "predicted twice");
            }
          }
        }
        assertEquals(predictions, batch.predictions());
      }
    }
    return first;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 64, 100_000})
  void blocksStandForThemselves(int rows) {
    Dataset dataset = dataset(100_003, 1, 2, 17);
    TokenStream stream = stream(16, false);
    List<Part> parts = stream.parts(dataset, DatasetSplit.VALIDATION);
    assertEquals(
        List.of(
            new Part(0, 0, 2048),
            new Part(0, 2048, 4096),
            new Part(0, 4096, 6144),
            new Part(0, 6144, 6251),
            new Part(2, 0, 1),
            new Part(3, 0, 1)),
        parts);
    Map<List<Integer>, Integer> made = madeFrom(dataset, stream, rows);
    assertEquals(100_002 + 0 + 1 + 16, made.size());
    assertEquals(
        made.size(),
        stream.predictions(dataset.manifest().split(DatasetSplit.VALIDATION).shards()));
    made.forEach((token, first) -> assertEquals((token.get(1) - 1) / 16 * 16, first));
  }

  @ParameterizedTest
  @CsvSource({
    "5,3",
    "5,80",
    "5,159",
    "5,160",
    "5,161",
    "5,1000",
    "5,5123",
    "1,1023",
    "1,1024",
    "1,1026",
    "1,1100",
    "7,40000",
    "999,31969"
  })
  void everyTokenButTheFirstIsPredictedOnceInLanesThatAreEquallyLong(int context, int predictions) {
    Lanes lanes = Lanes.of(predictions, context);
    assertEquals(Math.max(1, Math.min(64, predictions / (16 * context))), lanes.count());
    assertEquals(0, lanes.begin(0));
    assertEquals(0, lanes.counted(0));
    for (int lane = 1; lane < lanes.count(); lane++) {
      long early = lanes.counted(lane) - lanes.begin(lane);
      assertTrue(early == context || early == context + 1, "early by " + early);
      assertEquals(lanes.begin(lane - 1) + lanes.length(), lanes.counted(lane));
    }
    assertEquals(predictions, lanes.begin(lanes.count() - 1) + lanes.length());
    if (lanes.count() > 1) {
      assertTrue(lanes.length() >= 15 * context);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 16, 64})
  void whatAPredictionIsMadeFromDependsOnTheStreamAlone(int rows) {
    Dataset dataset = dataset(2000, 1, 30_000, 90);
    TokenStream stream = stream(16, true);
    List<Part> parts = stream.parts(dataset, DatasetSplit.VALIDATION);
    assertEquals(
        List.of(
            new Part(0, 0, 7),
            new Part(2, 0, 16),
            new Part(2, 16, 32),
            new Part(2, 32, 48),
            new Part(2, 48, 64),
            new Part(3, 0, 1)),
        parts);
    Map<List<Integer>, Integer> made = madeFrom(dataset, stream, rows);
    assertEquals(1999 + 29_999 + 89, made.size());
    Lanes lanes = Lanes.of(29_999, 16);
    made.forEach(
        (token, first) -> {
          if (token.get(0) == 3) {
            assertEquals(0, first);
          } else if (token.get(0) == 2) {
            int lane =
                first == 0
                    ? 0
                    : IntStream.range(0, 64)
                        .filter(l -> lanes.begin(l) == first)
                        .findFirst()
                        .orElseThrow();
            assertTrue(token.get(1) - 1 >= lanes.counted(lane));
          }
        });
  }

  @Test
  void rowsOfABatchOfLanesNeedNoPadding() {
    Dataset dataset = dataset(30_000);
    TokenStream stream = stream(16, true);
    int blocks = 0;
    for (Part part : stream.parts(dataset, DatasetSplit.VALIDATION)) {
      Iterator<Batch> batches = stream.read(dataset, DatasetSplit.VALIDATION, part, 64);
      boolean begun = false;
      while (batches.hasNext()) {
        Batch batch = batches.next();
        assertEquals(begun, batch.continued());
        begun = true;
        Ids inputs = batch.ids("text");
        Arrays.stream(inputs.lengths()).forEach(length -> assertEquals(inputs.length(), length));
        blocks += batch.rows();
      }
    }
    int lane = (Lanes.of(29_999, 16).length() + 15) / 16;
    assertEquals(64 * lane, blocks);
  }

  @Test
  void lanesAreDealtEvenly() {
    Dataset dataset = dataset(17 * 16 * 16 + 1);
    assertEquals(
        List.of(new Part(0, 0, 9), new Part(0, 9, 17)),
        stream(16, true).parts(dataset, DatasetSplit.VALIDATION));
  }
}
