package io.chorale.jobs.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.jobs.spark.SharedSession;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The main job as a user runs it: from text to a model, its measure and its text. */
class MainJobTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  @TempDir Path directory;

  private CommandRun chorale(String command, String... more) {
    List<String> arguments = new ArrayList<>(List.of(command));
    for (String setting :
        List.of(
            "corpus.paths=[" + directory.resolve("corpus.txt") + "]",
            "tokenizer.kind=characters",
            "data.path=" + directory.resolve("data"),
            "data.split=tail",
            "data.validation=0.1",
            "data.piece=100",
            "data.shards=8",
            "model.layers=1",
            "model.width=32",
            "train.context=16",
            "train.batch=8",
            "train.steps=60",
            "train.average-every=20",
            "train.learning-rate=0.01",
            "train.warmup=5",
            "run.path=" + directory.resolve("run"),
            "generate.tokens=40")) {
      arguments.addAll(List.of("--set", setting));
    }
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  private void corpus() throws IOException {
    Random random = new Random(1);
    StringBuilder text = new StringBuilder();
    for (int line = 0; line < 400; line++) {
      text.append(random.nextBoolean() ? "the cat sat on the mat.\n" : "a dog lay by the log.\n");
    }
    Files.writeString(directory.resolve("corpus.txt"), text);
  }

  private static JsonNode json(CommandRun run) throws IOException {
    assertEquals(0, run.exitCode(), run.err());
    return JsonMapper.builder().build().readTree(run.out());
  }

  @ParameterizedTest
  @ValueSource(strings = {"transformer", "gru"})
  void textBecomesAModelThatWritesText(String kind) throws IOException {
    corpus();
    String[] model = {
      "--set", "model.kind=" + kind, "--set", "train.workers=2", "--set", "average.outer=nesterov"
    };
    assertEquals(0, chorale("tokenize", model).exitCode());
    CommandRun trained = chorale("train", model);
    assertEquals(0, trained.exitCode(), trained.err());
    assertTrue(trained.err().contains("round 3/3  step 60/60"), trained.err());

    JsonNode measure = json(chorale("evaluate", "--json"));
    assertTrue(measure.get("loss").asDouble() < 1.5, measure.toString());
    assertEquals(
        Math.exp(measure.get("loss").asDouble()), measure.get("perplexity").asDouble(), 1e-9);
    double nats = measure.get("loss").asDouble() * measure.get("tokens").asLong();
    assertEquals(
        nats / Math.log(2) / measure.get("bytes").asLong(),
        measure.get("bits_per_byte").asDouble(),
        1e-9);
    CommandRun words = chorale("evaluate");
    assertTrue(
        words.out().matches("(?s)validation: loss [0-9.]+, perplexity [0-9.]+, bits per byte .*"),
        words.out());

    JsonNode text = json(chorale("generate", "--json", "--prompt", "the c"));
    // A character a token; the last one may have been the end of the text.
    int written = text.get("text").asText().length();
    int tokens = text.get("tokens").asInt();
    assertTrue(tokens == 40 ? written >= 39 : written == tokens - 1, text.toString());
    assertEquals(text, without(text, json(chorale("generate", "--json", "--prompt", "the c"))));
    Set<String> texts = new HashSet<>();
    for (int seed = 1; seed <= 4; seed++) {
      String[] drawn = {
        "--json", "--set", "generate.seed=" + seed, "--set", "generate.temperature=2"
      };
      texts.add(json(chorale("generate", drawn)).get("text").asText());
    }
    assertTrue(texts.size() > 1, texts.toString());
    CommandRun streamed = chorale("generate", "--prompt", "the c");
    assertEquals("the c" + text.get("text").asText(), streamed.out().stripTrailing());
    // Whatever users write is text: no option, no file of options.
    for (String prompt :
        List.of("-hello", "--json", "@" + directory.resolve("corpus.txt"), "@@a")) {
      assertEquals(
          prompt, json(chorale("generate", "--json", "--prompt", prompt)).get("prompt").asText());
    }
    assertEquals("-h", json(chorale("generate", "--prompt=-h", "--json")).get("prompt").asText());
    assertEquals(2, CommandRun.of("generate", "--prompt").exitCode());

    Path folder = directory.resolve("folder");
    String[] export = {"--json", "--format=hf", "--type=bfloat16", "--output=" + folder};
    CommandRun exported = chorale("export", export);
    if (kind.equals("gru")) {
      assertEquals(2, exported.exitCode());
      assertTrue(exported.err().contains("Cannot export run as hf: its model.kind is gru"));
      assertFalse(Files.exists(folder));
    } else {
      assertEquals(folder.toUri(), URI.create(json(exported).get("path").asText() + "/"));
      assertTrue(Files.size(folder.resolve("model.safetensors")) > 0);
      assertEquals(2, chorale("export", export).exitCode(), "it is there already");
      assertEquals(
          0, chorale("export", "--format=hf", "--output=" + folder, "--overwrite").exitCode());
    }
  }

  /** The second with the first one's speed, which is nobody's to repeat. */
  private static JsonNode without(JsonNode first, JsonNode second) {
    ((com.fasterxml.jackson.databind.node.ObjectNode) second)
        .set("tokens_per_second", first.get("tokens_per_second"));
    return second;
  }

  @Test
  void whatIsMissingIsNamedAndNothingIsWritten() throws IOException {
    CommandRun noDataset = chorale("train");
    assertEquals(2, noDataset.exitCode());
    assertTrue(noDataset.err().contains("it holds no dataset.json"), noDataset.err());
    CommandRun noRun = chorale("evaluate");
    assertEquals(2, noRun.exitCode());
    assertTrue(noRun.err().contains("it holds no settings.yaml"), noRun.err());
    assertEquals(2, chorale("generate").exitCode());
    assertEquals(2, CommandRun.of("train").exitCode());
    assertFalse(Files.exists(directory.resolve("run")));
    assertFalse(Files.exists(directory.resolve("data")));
  }

  @Test
  void dataOfAnotherTokenizerAreRefused() throws IOException {
    corpus();
    assertEquals(0, chorale("tokenize").exitCode());
    assertEquals(0, chorale("train").exitCode());
    Files.writeString(directory.resolve("corpus.txt"), "another text\n".repeat(500));
    assertEquals(0, chorale("tokenize", "--overwrite").exitCode());
    CommandRun evaluated = chorale("evaluate");
    assertEquals(2, evaluated.exitCode());
    assertTrue(
        evaluated.err().contains("the tokenizer of its column text has the fingerprint"),
        evaluated.err());
    CommandRun trained = chorale("train");
    assertEquals(2, trained.exitCode());
    assertTrue(trained.err().contains("dataset's fingerprint"), trained.err());
    CommandRun generated = chorale("generate");
    assertEquals(0, generated.exitCode(), generated.err());
  }

  @Test
  void benchmarkMeasuresTheModelOfTheSettings() throws IOException {
    String[] model = {"--set=tokenizer.kind=characters", "--set=tokenizer.vocabulary=20"};
    long parameters =
        json(chorale("plan", "--json", model[0], model[1])).get("parameters").asLong();
    JsonNode result =
        json(
            chorale(
                "bench",
                "--json",
                "--steps=5",
                "--turns=1",
                "--round-seconds=0.05",
                "--vocabulary=20"));
    assertEquals(parameters, result.get("parameters").asLong());
    int cores = Runtime.getRuntime().availableProcessors();
    assertEquals(cores, result.get("workers").asInt());
    assertEquals(cores, result.get("machine").get("cores").asInt());
    assertFalse(result.get("machine").get("cpu").asText().isEmpty());
    double step = result.get("loop_milliseconds_per_step").asDouble();
    long steps = result.get("job_steps_per_round").asLong();
    assertEquals(Math.max(1, Math.round(50 / step)), steps);
    for (String speed :
        List.of(
            "loop_tokens_per_second",
            "loops_at_once_tokens_per_second",
            "job_tokens_per_second",
            "job_efficiency",
            "job_against_loops_at_once")) {
      assertTrue(result.get(speed).asDouble() > 0, speed + " in " + result);
    }
    double outside = result.get("job_share_outside_compute").asDouble();
    assertTrue(outside > 0 && outside < 1, result.toString());
  }

  @Test
  void aPeerOfAnotherModelIsRefused() {
    CommandRun run = chorale("bench", "--peer=pytorch", "--set=attention.activation=swiglu");
    assertEquals(2, run.exitCode());
    assertTrue(
        run.err()
            .contains("Cannot run peer pytorch: attention.activation is swiglu, expected gelu."),
        run.err());
  }

  @Test
  void benchmarkMeasuresAClassification() throws IOException {
    String[] bench = {
      "bench",
      "--config=../conf/sst2.yaml",
      "--json",
      "--steps=2",
      "--turns=1",
      "--round-seconds=0.01",
      "--set=model.width=8"
    };
    JsonNode result = json(CommandRun.of(bench));
    for (String speed : List.of("loop_tokens_per_second", "job_tokens_per_second")) {
      assertTrue(result.get(speed).asDouble() > 0, speed + " in " + result);
    }
    CommandRun peer = CommandRun.of("bench", bench[1], "--peer=pytorch");
    assertEquals(2, peer.exitCode());
    assertTrue(
        peer.err()
            .contains(
                "Cannot run peer pytorch: task.kind is classification, expected language-model."),
        peer.err());
  }
}
