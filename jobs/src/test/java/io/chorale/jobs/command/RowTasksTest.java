package io.chorale.jobs.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.config.DatasetSplit;
import io.chorale.data.Column;
import io.chorale.data.DatasetManifest;
import io.chorale.data.Facts;
import io.chorale.data.Ids;
import io.chorale.data.Numbers;
import io.chorale.data.Row;
import io.chorale.data.Schema;
import io.chorale.data.ShardFacts;
import io.chorale.data.ShardWriter;
import io.chorale.data.Values;
import io.chorale.io.Checksums;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tasks over rows as a user runs them, on datasets that hold what each needs. */
class RowTasksTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  private static final int ROWS = 120;

  @TempDir Path directory;

  private void dataset(Schema schema, Function<SplittableRandom, Map<String, Values>> cells) {
    Storage storage = new Storage(new Configuration());
    var at = new org.apache.hadoop.fs.Path(directory.resolve("data").toString());
    Map<DatasetSplit, DatasetManifest.Split> splits = new EnumMap<>(DatasetSplit.class);
    for (DatasetSplit split : DatasetSplit.values()) {
      List<ShardFacts> shards = new ArrayList<>();
      for (int shard = 0; shard < 2; shard++) {
        SplittableRandom random = new SplittableRandom(10L * split.ordinal() + shard);
        ShardWriter writer = new ShardWriter(schema.columns());
        for (int row = 0; row < ROWS; row++) {
          writer.add(new Row(cells.apply(random)));
        }
        shards.add(writer.publish(storage, at, split, shard));
      }
      splits.put(split, DatasetManifest.Split.of(schema.columns(), shards, 0));
    }
    DatasetManifest.of(schema, splits).publish(storage, at);
  }

  /** A tag is whether the token after it is 0: what a model that reads left to right cannot see. */
  private void tags() {
    Schema schema =
        new Schema(
            List.of(Column.ids(Column.TEXT, 5), Column.ids(Column.TAGS, 2)),
            Map.of(Column.TAGS, Facts.labels(List.of("else", "before-0"))));
    dataset(
        schema,
        random -> {
          int[] text = random.ints(3 + random.nextInt(7), 0, 5).toArray();
          int[] tags = new int[text.length];
          Arrays.setAll(tags, i -> i + 1 < text.length && text[i + 1] == 0 ? 1 : 0);
          return Map.of(Column.TEXT, Ids.of(text), Column.TAGS, Ids.of(tags));
        });
  }

  /** The mean of a series of one channel, once it was unscaled between 90 and 110. */
  private void numbers() {
    Schema schema =
        new Schema(
            List.of(Column.series(Column.SERIES, 1), Column.number(Column.LABEL)),
            Map.of(Column.LABEL, Facts.scale(List.of(100.0), List.of(10.0))));
    dataset(
        schema,
        random -> {
          float[] series = new float[3 + random.nextInt(7)];
          float sum = 0;
          for (int i = 0; i < series.length; i++) {
            series[i] = (float) random.nextDouble(-1, 1);
            sum += series[i];
          }
          return Map.of(
              Column.SERIES,
              Numbers.of(1, series),
              Column.LABEL,
              Numbers.of(1, 2 * sum / series.length));
        });
  }

  private CommandRun chorale(String kind, String run, int steps, String... command) {
    return CommandRun.with(
        List.of(
            "data.path=" + directory.resolve("data"),
            "run.path=" + directory.resolve(run),
            "task.kind=" + kind,
            "model.kind=gru",
            "model.layers=1",
            "model.width=16",
            "train.context=9",
            "train.batch=8",
            "train.workers=2",
            "train.steps=" + steps,
            "train.schedule=constant",
            "train.average-every=20",
            "train.learning-rate=0.02",
            "train.warmup=5"),
        command);
  }

  /** The hashes of what the last checkpoint holds, but for its times. */
  private Map<String, String> files(String run, int round) throws IOException {
    Map<String, String> hashes = new TreeMap<>();
    Path checkpoint = directory.resolve(run + "/checkpoints/round-%08d".formatted(round));
    try (Stream<Path> files = Files.list(checkpoint)) {
      for (Path file : files.filter(file -> file.toString().endsWith(".safetensors")).toList()) {
        hashes.put(file.getFileName().toString(), Checksums.sha256(Files.readAllBytes(file)));
      }
    }
    assertTrue(hashes.size() >= 3, hashes.toString());
    return hashes;
  }

  private JsonNode trainedAndResumed(String kind) throws IOException {
    CommandRun whole = chorale(kind, "whole", 120, "train");
    assertEquals(0, whole.exitCode(), whole.err());
    CommandRun begun = chorale(kind, "run", 60, "train");
    assertEquals(0, begun.exitCode(), begun.err());
    CommandRun gone = chorale(kind, "run", 120, "train");
    assertEquals(0, gone.exitCode(), gone.err());
    assertTrue(gone.err().contains("goes on after round 3 of 6"), gone.err());
    assertEquals(files("whole", 6), files("run", 6));
    CommandRun evaluated = chorale(kind, "run", 120, "evaluate", "--json");
    assertEquals(0, evaluated.exitCode(), evaluated.err());
    return JsonMapper.builder().build().readTree(evaluated.out());
  }

  @Test
  void aTaggerIsTrainedResumedAndMeasured() throws IOException {
    tags();
    JsonNode measures = trainedAndResumed("tagging");
    assertTrue(measures.get("accuracy").asDouble() > 0.95, measures.toString());
    assertTrue(measures.get("macro_f1").asDouble() > 0.9, measures.toString());
    double mean = (measures.at("/f1/else").asDouble() + measures.at("/f1/before-0").asDouble()) / 2;
    assertEquals(mean, measures.get("macro_f1").asDouble(), 1e-9);
    long counted = 0;
    for (JsonNode row : measures.get("confusion")) {
      for (JsonNode count : row) {
        counted += count.asLong();
      }
    }
    assertEquals(measures.get("tags").asLong(), counted);
    CommandRun told = chorale("tagging", "run", 120, "evaluate");
    assertTrue(
        told.out().matches("(?s).*f1 of each label: else [01]\\.[0-9]{4}, before-0 [01]\\..*"),
        told.out());
  }

  @Test
  void aRegressionOnSeriesIsTrainedResumedAndMeasured() throws IOException {
    numbers();
    JsonNode measures = trainedAndResumed("regression");
    assertTrue(measures.get("r2").asDouble() > 0.9, measures.toString());
    assertEquals(100 * measures.get("loss").asDouble(), measures.get("mse").asDouble(), 1e-9);
    assertEquals(2 * ROWS, measures.get("rows").asLong());
  }

  @ParameterizedTest
  @ValueSource(strings = {"tagging", "regression", "masked-language-model", "classification"})
  void aPlanNeedsNoDataset(String kind) {
    CommandRun plan = CommandRun.with(List.of("task.kind=" + kind), "plan");
    assertEquals(0, plan.exitCode(), plan.err());
    assertTrue(plan.out().contains("vocabulary 8,192"), plan.out());
  }

  @Test
  void aPlanOfSeriesHasNoVocabulary() {
    numbers();
    CommandRun plan = chorale("regression", "run", 120, "plan");
    assertEquals(0, plan.exitCode(), plan.err());
    assertTrue(plan.out().contains("(no text)"), plan.out());
  }
}
