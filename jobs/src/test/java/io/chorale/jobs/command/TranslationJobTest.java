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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
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
    return chorale(List.of(), command);
  }

  private CommandRun chorale(List<String> more, String... command) {
    List<String> settings =
        new ArrayList<>(
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
                "train.warmup=5"));
    settings.addAll(more);
    return CommandRun.with(settings, command);
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
          CommandRun.reading(
              "abc\n\nfeed\n".getBytes(UTF_8),
              () -> chorale("generate", "--stdin", "--set", "generate.beam=" + beam));
      assertEquals(0, written.exitCode(), written.err());
      List<String> lines = written.out().lines().toList();
      assertEquals(List.of("CBA", "", "DEEF"), lines);
    }
    JsonNode one = object(chorale("generate", "--json", "--prompt", "abc"));
    assertEquals("CBA", one.get("text").asText());
    assertEquals(4, one.get("tokens").asInt());
    assertTrue(one.get("score").asDouble() < 0);

    CommandRun nothing = chorale("generate");
    assertEquals(2, nothing.exitCode());
    assertTrue(
        nothing.err().contains("there is no source, expected a text or vector"), nothing.err());

    List<String> drawn = List.of("generate.temperature=1");
    CommandRun unread = chorale(drawn, "generate", "--prompt", "abc");
    assertEquals(2, unread.exitCode());
    assertTrue(unread.err().contains("generate.temperature is read where"), unread.err());
    // As where only the run is named.
    CommandRun other =
        chorale(
            List.of("generate.temperature=1", "task.kind=language-model"),
            "generate",
            "--prompt",
            "abc");
    assertEquals(2, other.exitCode());
    assertTrue(
        other.err().contains("task.kind is translation, which does not read generate.temperature"),
        other.err());
  }

  private void corpus(String name, int rows, long seed) throws IOException {
    Random random = new Random(seed);
    List<String> lines = new ArrayList<>(List.of("word\tcapitals"));
    for (int i = 0; i < rows; i++) {
      String word = word(random);
      lines.add(word + "\t" + translated(word));
    }
    Files.write(directory.resolve(name), lines);
  }

  /** The first letters of either vocabulary have the same ids, so a wrong tokenizer is seen. */
  @Test
  void separateVocabulariesAreUsedFromTheCorpusToThePrediction() throws Exception {
    corpus("train.tsv", 2 * ROWS, 1);
    corpus("test.tsv", 40, 2);
    List<String> separate =
        List.of(
            "corpus.paths=" + directory.resolve("train.tsv"),
            "corpus.test-paths=" + directory.resolve("test.tsv"),
            "corpus.text-field=word",
            "corpus.target-field=capitals",
            "data.validation=0",
            "data.shards=2",
            "tokenizer.target=separate",
            "tokenizer.kind=characters");
    for (String command : List.of("tokenize", "plan", "train")) {
      CommandRun run = chorale(separate, command);
      assertEquals(0, run.exitCode(), run.err());
    }
    JsonNode measured =
        object(chorale(separate, "evaluate", "--json", "--set", "evaluate.split=test"));
    assertTrue(measured.get("exact_match").asDouble() > 0.9, measured.toString());
    JsonNode one = object(chorale("generate", "--json", "--prompt", "abc"));
    assertEquals("CBA", one.get("text").asText());

    Path folder = directory.resolve("as-onnx");
    CommandRun exported = chorale("export", "--format=onnx", "--output=" + folder);
    assertEquals(0, exported.exitCode(), exported.err());
    for (String file :
        List.of("encoder_model.onnx", "decoder_model.onnx", "target-tokenizer.json")) {
      assertTrue(Files.size(folder.resolve(file)) > 0, file);
    }

    Path output = directory.resolve("out.jsonl");
    CommandRun predicted =
        chorale(
            separate,
            "predict",
            "--set=predict.paths=" + directory.resolve("test.tsv"),
            "--set=predict.output=" + output);
    assertEquals(0, predicted.exitCode(), predicted.err());
    List<String> rows = Files.readAllLines(output.resolve("part-00000.jsonl"));
    assertEquals(40, rows.size());
    long right = 0;
    for (String row : rows) {
      JsonNode found = JsonMapper.builder().build().readTree(row);
      right += found.get("predicted_text").equals(found.get("capitals")) ? 1 : 0;
    }
    assertEquals(measured.get("exact_match").asDouble(), right / 40.0, 1e-9);

    List<String> shared = new ArrayList<>(separate);
    shared.set(6, "data.path=" + directory.resolve("shared"));
    assertEquals(0, chorale(shared, "tokenize").exitCode());
    CommandRun other = chorale(shared, "evaluate");
    assertEquals(2, other.exitCode());
    assertTrue(other.err().contains("the tokenizer of its column text"), other.err());
    assertTrue(
        other.err().contains("set to the run's tokenizer.json and target-tokenizer.json"),
        other.err());

    Path own = directory.resolve("run/target-tokenizer.json");
    Files.copy(directory.resolve("run/tokenizer.json"), own, StandardCopyOption.REPLACE_EXISTING);
    CommandRun swapped = chorale("generate", "--prompt", "abc");
    assertEquals(2, swapped.exitCode());
    assertTrue(
        swapped.err().contains("its target-tokenizer.json has the fingerprint"), swapped.err());
  }

  @Test
  void planNeedsNoDataset() {
    CommandRun planned = chorale("plan", "--set", "tokenizer.vocabulary=300");
    assertEquals(0, planned.exitCode(), planned.err());
    assertTrue(planned.out().contains("vocabulary 300"), planned.out());
    CommandRun separate =
        chorale(
            List.of(
                "corpus.target-field=b",
                "tokenizer.target=separate",
                "tokenizer.vocabulary=300",
                "tokenizer.target-vocabulary=400"),
            "plan");
    assertEquals(0, separate.exitCode(), separate.err());
    assertTrue(separate.out().contains("vocabulary 300, of targets 400"), separate.out());
  }
}
