package io.chorale.jobs.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.config.DatasetSplit;
import io.chorale.data.Column;
import io.chorale.data.DatasetManifest;
import io.chorale.data.Facts;
import io.chorale.data.Schema;
import io.chorale.data.ShardFacts;
import io.chorale.data.ShardWriter;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedSession;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Sequences of ids that no tokenizer made, and their classes. */
class IdsTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  private static final List<Column> COLUMNS =
      List.of(Column.ids(Column.TEXT, 6), Column.label("label", 2));
  private static final int ROWS = 120;

  @TempDir Path directory;

  /** Of rows of three to nine ids; the class is whether 5 is among them. */
  private void dataset(String name, List<String> labels) {
    Storage storage = new Storage(new Configuration());
    var at = new org.apache.hadoop.fs.Path(directory.resolve(name).toString());
    Map<DatasetSplit, DatasetManifest.Split> splits = new EnumMap<>(DatasetSplit.class);
    for (DatasetSplit split : DatasetSplit.values()) {
      Random random = new Random(split.ordinal());
      List<ShardFacts> shards = new ArrayList<>();
      for (int shard = 0; shard < 2; shard++) {
        ShardWriter writer = new ShardWriter(COLUMNS);
        for (int row = 0; row < ROWS; row++) {
          int[] ids = random.ints(3 + random.nextInt(7), 0, 5).toArray();
          int label = random.nextInt(2);
          if (label == 1) {
            ids[random.nextInt(ids.length)] = 5;
          }
          writer.append(Column.TEXT, ids, 0, ids.length);
          writer.append("label", label);
          writer.endRow();
        }
        shards.add(writer.publish(storage, at, split, shard));
      }
      splits.put(split, DatasetManifest.Split.of(COLUMNS, shards, 0));
    }
    DatasetManifest.of(new Schema(COLUMNS, Map.of("label", Facts.labels(labels))), splits)
        .publish(storage, at);
  }

  private CommandRun chorale(String data, String... command) {
    return task("classification", data, command);
  }

  private CommandRun task(String kind, String data, String... command) {
    return CommandRun.with(
        List.of(
            "data.path=" + directory.resolve(data),
            "run.path=" + directory.resolve("run"),
            "task.kind=" + kind,
            "model.kind=gru",
            "model.layers=1",
            "model.width=16",
            "train.context=9",
            "train.batch=8",
            "train.workers=2",
            "train.steps=120",
            "train.average-every=20",
            "train.learning-rate=0.02",
            "train.warmup=5"),
        command);
  }

  /** There is no text whose bytes could be counted, and labels are nothing to a language model. */
  @Test
  void areModelledWithoutBitsPerByte() throws Exception {
    dataset("data", List.of("without", "with"));
    dataset("turned", List.of("with", "without"));
    CommandRun trained = task("language-model", "data", "train");
    assertEquals(0, trained.exitCode(), trained.err());
    CommandRun evaluated = task("language-model", "turned", "evaluate", "--json");
    assertEquals(0, evaluated.exitCode(), evaluated.err());
    JsonNode measures = JsonMapper.builder().build().readTree(evaluated.out());
    assertTrue(measures.get("perplexity").isNumber(), evaluated.out());
    assertFalse(measures.has("bits_per_byte"), evaluated.out());
    CommandRun generated = task("language-model", "data", "generate", "--prompt", "a");
    assertEquals(2, generated.exitCode());
    assertTrue(generated.err().contains("without a tokenizer"), generated.err());
  }

  @Test
  void areClassifiedWithoutATokenizer() throws Exception {
    dataset("data", List.of("without", "with"));
    CommandRun trained = chorale("data", "train");
    assertEquals(0, trained.exitCode(), trained.err());
    try (Stream<Path> files = Files.list(directory.resolve("run"))) {
      assertEquals(
          List.of("checkpoints", "metrics.jsonl", "schema.json", "settings.yaml"),
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> !name.startsWith("."))
              .sorted()
              .toList());
    }
    CommandRun again = chorale("data", "train");
    assertEquals(0, again.exitCode(), again.err());
    assertTrue(again.err().contains("ended after round 6 of 6"), again.err());
    CommandRun evaluated = chorale("data", "evaluate", "--json");
    assertEquals(0, evaluated.exitCode(), evaluated.err());
    JsonNode measures = JsonMapper.builder().build().readTree(evaluated.out());
    assertTrue(measures.get("accuracy").asDouble() > 0.9, evaluated.out());
    CommandRun generated = chorale("data", "generate", "--prompt", "a");
    assertEquals(2, generated.exitCode());
    assertTrue(generated.err().contains("Cannot write text with run"), generated.err());

    dataset("turned", List.of("with", "without"));
    CommandRun turned = chorale("turned", "evaluate");
    assertEquals(2, turned.exitCode(), turned.out());
    assertTrue(
        turned
            .err()
            .contains(
                "its column label has the labels with, without, expected the labels without, with"
                    + " as the run's."),
        turned.err());
    assertFalse(turned.err().contains("\tat "), turned.err());
  }
}
