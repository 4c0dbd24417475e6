package io.chorale.jobs.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.config.DatasetSplit;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.data.Facts;
import io.chorale.data.Schema;
import io.chorale.data.ShardFacts;
import io.chorale.data.ShardWriter;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedSession;
import io.chorale.token.CharacterTrainer;
import io.chorale.token.Tokenizer;
import io.chorale.token.Tokenizers;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Words are translated into capital letters, from the last to the first. */
class TranslationJobTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  private static final int ROWS = 400;
  private static final byte[] JSON = tokenizer();
  private static final Tokenizer TOKENIZER = Tokenizers.load(JSON, "letters");

  @TempDir Path directory;

  private static byte[] tokenizer() {
    Map<String, Long> counts = new TreeMap<>();
    for (char letter = 'a'; letter < 'g'; letter++) {
      counts.put(String.valueOf(letter), 10L);
      counts.put(String.valueOf(Character.toUpperCase(letter)), 10L);
    }
    return CharacterTrainer.train(counts, 14);
  }

  private static String word(Random random) {
    StringBuilder word = new StringBuilder();
    for (int i = random.nextInt(4); i >= 0; i--) {
      word.append((char) ('a' + random.nextInt(6)));
    }
    return word.toString();
  }

  private static String translated(String word) {
    return new StringBuilder(word).reverse().toString().toUpperCase(Locale.ROOT);
  }

  private static int[] ids(String text) {
    int[] ids = TOKENIZER.encode(text);
    int[] ended = Arrays.copyOf(ids, ids.length + 1);
    ended[ids.length] = TOKENIZER.endOfText();
    return ended;
  }

  private void dataset() {
    Storage storage = new Storage(new Configuration());
    var at = new org.apache.hadoop.fs.Path(directory.resolve("data").toString());
    storage.publish(new org.apache.hadoop.fs.Path(at, Dataset.TOKENIZER), JSON);
    int entries = TOKENIZER.vocabularySize();
    List<Column> columns =
        List.of(Column.ids(Column.TEXT, entries), Column.ids(Column.TARGET, entries));
    Map<DatasetSplit, DatasetManifest.Split> splits = new EnumMap<>(DatasetSplit.class);
    for (DatasetSplit split : DatasetSplit.values()) {
      Random random = new Random(split.ordinal());
      List<ShardFacts> shards = new ArrayList<>();
      for (int shard = 0; shard < 2; shard++) {
        ShardWriter writer = new ShardWriter(columns);
        for (int row = 0; row < (split == DatasetSplit.TRAIN ? ROWS : 50); row++) {
          String word = word(random);
          int[] text = ids(word);
          int[] target = ids(translated(word));
          writer.append(Column.TEXT, text, 0, text.length);
          writer.append(Column.TARGET, target, 0, target.length);
          writer.endRow();
        }
        shards.add(writer.publish(storage, at, split, shard));
      }
      splits.put(split, DatasetManifest.Split.of(columns, shards, 1));
    }
    Facts facts = Facts.tokenizer(Tokenizers.fingerprint(JSON));
    Schema schema = new Schema(columns, Map.of(Column.TEXT, facts, Column.TARGET, facts));
    DatasetManifest.of(schema, splits).publish(storage, at);
  }

  private CommandRun chorale(String... command) {
    return CommandRun.with(
        List.of(
            "data.path=" + directory.resolve("data"),
            "run.path=" + directory.resolve("run"),
            "task.kind=translation",
            "model.kind=gru",
            "model.layers=1",
            "model.width=32",
            "train.context=8",
            "train.batch=16",
            "train.workers=2",
            "train.steps=400",
            "train.average-every=50",
            "train.learning-rate=0.01",
            "train.warmup=5"),
        command);
  }

  private static CommandRun reading(String input, Supplier<CommandRun> run) {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(input.getBytes(UTF_8)));
    try {
      return run.get();
    } finally {
      System.setIn(before);
    }
  }

  private static JsonNode object(CommandRun run) throws Exception {
    assertEquals(0, run.exitCode(), run.err());
    return JsonMapper.builder().build().readTree(run.out());
  }

  @Test
  void wordsAreTrainedMeasuredAndTranslated() throws Exception {
    dataset();
    CommandRun planned = chorale("plan");
    assertEquals(0, planned.exitCode(), planned.err());
    CommandRun trained = chorale("train");
    assertEquals(0, trained.exitCode(), trained.err());
    // A training measures no texts.
    String metrics = Files.readString(directory.resolve("run/metrics.jsonl"));
    assertTrue(metrics.contains("perplexity"), metrics);
    assertFalse(metrics.contains("bleu"), metrics);

    JsonNode greedy = object(chorale("evaluate", "--json", "--set", "evaluate.split=test"));
    assertTrue(greedy.get("exact_match").asDouble() > 0.9, greedy.toString());
    assertTrue(greedy.get("chrf").asDouble() > 90, greedy.toString());
    assertTrue(greedy.get("bleu").isNumber(), greedy.toString());
    for (String batch : List.of("1", "7")) {
      JsonNode again =
          object(
              chorale(
                  "evaluate",
                  "--json",
                  "--set",
                  "evaluate.split=test",
                  "--set",
                  "evaluate.batch=" + batch));
      for (String measure : List.of("exact_match", "bleu", "chrf")) {
        assertEquals(greedy.get(measure), again.get(measure), measure);
      }
    }

    for (String beam : List.of("1", "4")) {
      CommandRun written =
          reading(
              "abc\n\nfeed\n",
              () -> chorale("generate", "--stdin", "--set", "generate.beam=" + beam));
      assertEquals(0, written.exitCode(), written.err());
      List<String> lines = written.out().lines().toList();
      assertEquals(List.of("CBA", "DEEF"), List.of(lines.get(0), lines.get(2)));
      assertEquals(3, lines.size());
    }
    JsonNode one = object(chorale("generate", "--json", "--prompt", "abc"));
    assertEquals("CBA", one.get("text").asText());
    assertEquals(4, one.get("tokens").asInt());
    assertTrue(one.get("score").asDouble() < 0);

    CommandRun nothing = chorale("generate");
    assertEquals(2, nothing.exitCode());
    assertTrue(
        nothing.err().contains("there is no source, expected a text or vector"), nothing.err());
  }

  @Test
  void planNeedsNoDataset() {
    CommandRun planned = chorale("plan", "--set", "tokenizer.vocabulary=300");
    assertEquals(0, planned.exitCode(), planned.err());
    assertTrue(planned.out().contains("vocabulary 300"), planned.out());
  }
}
