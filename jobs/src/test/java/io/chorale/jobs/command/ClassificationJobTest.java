package io.chorale.jobs.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.io.Checksums;
import io.chorale.io.Faults;
import io.chorale.io.FaultyFileSystem;
import io.chorale.jobs.spark.SharedSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.apache.spark.TaskContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A classification of texts as a user runs it: from CSV files to a model and its measures. */
class ClassificationJobTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession("local[2,3]");

  @TempDir static Path directory;

  private static CommandRun tokenized;

  @BeforeAll
  static void tokenize() throws IOException {
    ToyReviews.write(directory);
    tokenized = CommandRun.with(ToyReviews.settings(directory, "unused"), "tokenize");
    assertEquals(0, tokenized.exitCode(), tokenized.err());
  }

  @AfterEach
  void allowAll() {
    Faults.end();
  }

  private static JsonNode json(Path file) throws IOException {
    return JsonMapper.builder().build().readTree(Files.readAllBytes(file));
  }

  private static List<JsonNode> lines(Path file) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      lines.add(JsonMapper.builder().build().readTree(line));
    }
    return lines;
  }

  private static List<String> labels(Path schema) throws IOException {
    List<String> labels = new ArrayList<>();
    json(schema).at("/facts/label/labels").forEach(label -> labels.add(label.asText()));
    return labels;
  }

  @Test
  void whatIsNoDocumentIsCountedAndSetAsideWithItsReason() throws IOException {
    String said = tokenized.out();
    assertTrue(
        said.contains("390 documents; rejected: 1 no-label, 1 unknown-label; 1 empty"), said);
    List<String> rejected = new ArrayList<>();
    for (JsonNode line : lines(directory.resolve("data/rejected/part-00000.jsonl"))) {
      rejected.add(
          "%s %s %s"
              .formatted(
                  Path.of(line.get("file").asText()).getFileName(),
                  line.get("reason").asText(),
                  line.path("cause").asText()));
    }
    assertEquals(
        List.of("train.csv no-label ", "validation.csv empty ", "test.csv unknown-label odd"),
        rejected);
    JsonNode splits = json(directory.resolve("data/dataset.json")).get("splits");
    assertEquals(ToyReviews.TRAIN, rows(splits.get("train")));
    assertEquals(ToyReviews.VALIDATION, rows(splits.get("validation")));
    assertEquals(ToyReviews.TEST, rows(splits.get("test")));
  }

  private static long rows(JsonNode split) {
    long rows = 0;
    for (JsonNode shard : split.get("shards")) {
      rows += shard.get("rows").asLong();
    }
    return rows;
  }

  @ParameterizedTest
  @CsvSource({"lstm,0.3,1.0", "transformer,0.9,0.7"})
  void reviewsBecomeAModelThatClassifiesThemWhateverFails(String kind, String momentum, String rate)
      throws IOException {
    String[] model = {
      "model.kind=" + kind, "average.momentum=" + momentum, "average.learning-rate=" + rate
    };
    Path whole = directory.resolve(kind);
    List<String> settings = ToyReviews.settings(directory, whole.toString(), model);
    CommandRun trained = CommandRun.with(settings, "train");
    assertEquals(0, trained.exitCode(), trained.err());
    assertEquals(ToyReviews.LABELS, labels(directory.resolve("data/dataset.json")));
    assertEquals(ToyReviews.LABELS, labels(whole.resolve("schema.json")));

    List<JsonNode> rounds = lines(whole.resolve("metrics.jsonl"));
    JsonNode best = rounds.get(rounds.size() - 1).get("best");
    long last = rounds.size();
    long bestRound = best.get("round").asLong();
    assertEquals(bestRound + 3, last, "three rounds of patience");
    assertTrue(trained.err().contains("stops early after round " + last + " of 30"), trained.err());

    JsonNode measured = evaluate(settings, "best");
    assertEquals("test", measured.get("split").asText());
    assertEquals(bestRound, measured.get("round").asLong());
    assertEquals(ToyReviews.TEST, measured.get("rows").asLong());
    // Guessing gets a third of them right.
    assertTrue(measured.get("accuracy").asDouble() > 0.9, measured.toString());
    assertTrue(measured.get("macro_f1").asDouble() > 0.9, measured.toString());
    assertEquals(measured, evaluate(settings, String.valueOf(bestRound)));
    assertEquals(last, evaluate(settings, "last").get("round").asLong());
    assertEquals(last - 1, evaluate(settings, String.valueOf(last - 1)).get("round").asLong());

    Path retried = directory.resolve(kind + "-retried");
    int failed = failFirstAttempts(retried, model);
    assertEquals(2 * last, failed, "two workers failed in every round");
    assertEquals(files(whole, last), files(retried, last));
    List<JsonNode> again = lines(retried.resolve("metrics.jsonl"));
    assertEquals(rounds.size(), again.size());
    assertEquals(best, again.get(again.size() - 1).get("best"));
  }

  private static JsonNode evaluate(List<String> settings, String checkpoint) throws IOException {
    List<String> onTest = new ArrayList<>(settings);
    onTest.add("evaluate.split=test");
    CommandRun run = CommandRun.with(onTest, "evaluate", "--json", "--checkpoint", checkpoint);
    assertEquals(0, run.exitCode(), run.err());
    return JsonMapper.builder().build().readTree(run.out());
  }

  /** Trains while the first attempt of every worker fails at its last moment; how many did. */
  private static int failFirstAttempts(Path run, String... model) {
    FaultyFileSystem.register(SPARK.session().context().hadoopConfiguration());
    Set<String> failed = ConcurrentHashMap.newKeySet();
    Faults.follow(
        (operation, path) -> {
          TaskContext task = TaskContext.get();
          if (operation.equals("close")
              && path.getName().contains("worker-")
              && task != null
              && task.attemptNumber() == 0) {
            failed.add(path.getParent() + " " + task.partitionId());
            throw new IllegalStateException("this attempt dies");
          }
        });
    CommandRun trained =
        CommandRun.with(ToyReviews.settings(directory, "faulty://" + run, model), "train");
    assertEquals(0, trained.exitCode(), trained.err());
    return failed.size();
  }

  /** The hashes of what a round's checkpoint holds; not of the manifest, which tells of times. */
  private static Map<String, String> files(Path run, long round) throws IOException {
    Map<String, String> hashes = new TreeMap<>();
    Path checkpoint = run.resolve("checkpoints/round-%08d".formatted(round));
    try (Stream<Path> files = Files.list(checkpoint)) {
      for (Path file : files.filter(file -> file.toString().endsWith(".safetensors")).toList()) {
        hashes.put(file.getFileName().toString(), Checksums.sha256(Files.readAllBytes(file)));
      }
    }
    assertEquals(4, hashes.size(), hashes.toString());
    return hashes;
  }
}
