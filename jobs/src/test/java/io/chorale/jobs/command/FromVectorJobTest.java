package io.chorale.jobs.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.jobs.spark.SharedSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Two numbers are written out, the larger one first, from a vector of both. */
class FromVectorJobTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  private static final List<String> NAMES = List.of("zero", "one", "two", "three");

  @TempDir Path directory;

  private static String text(int a, int b) {
    return NAMES.get(Math.max(a, b)) + " " + NAMES.get(Math.min(a, b));
  }

  /** Every pair, half of the time as a list and one field, else as two fields. */
  private void corpus() throws IOException {
    List<String> lines = new ArrayList<>();
    for (int a = 0; a < NAMES.size(); a++) {
      for (int b = 0; b < NAMES.size(); b++) {
        lines.add(
            "{\"first\": %d, \"second\": [%d.0], \"text\": \"%s\"}".formatted(a, b, text(a, b)));
      }
    }
    Files.write(directory.resolve("train.jsonl"), lines);
    List<String> bad =
        List.of(
            "{\"first\": 1, \"second\": [2, 3], \"text\": \"two one\"}",
            "{\"first\": 1, \"second\": null, \"text\": \"two one\"}",
            "{\"first\": 1, \"second\": 2}",
            "{\"first\": 1, \"second\": 2, \"text\": \"two one\"}");
    Files.write(directory.resolve("test.jsonl"), bad);
  }

  private List<String> settings() {
    return List.of(
        "corpus.paths=" + directory.resolve("train.jsonl"),
        "corpus.test-paths=" + directory.resolve("test.jsonl"),
        "corpus.max-rejected=0.9",
        "corpus.text-field=",
        "corpus.vector-fields=[first, second]",
        "corpus.target-field=text",
        "tokenizer.kind=words",
        "tokenizer.vocabulary=6",
        "data.path=" + directory.resolve("data"),
        "data.validation=0",
        "data.shards=2",
        "run.path=" + directory.resolve("run"),
        "task.kind=from-vector",
        "model.kind=gru",
        "model.layers=1",
        "model.width=48",
        "translation.label-smoothing=0",
        "train.context=4",
        "train.batch=8",
        "train.workers=2",
        "train.steps=400",
        "train.average-every=40",
        "train.learning-rate=0.01",
        "train.warmup=5",
        "evaluate.every=0");
  }

  private CommandRun chorale(String... command) {
    return CommandRun.with(settings(), command);
  }

  private static JsonNode object(CommandRun run) throws Exception {
    assertEquals(0, run.exitCode(), run.err());
    return JsonMapper.builder().build().readTree(run.out());
  }

  @Test
  void vectorsAreTokenizedTrainedMeasuredAndWrittenOut() throws Exception {
    corpus();
    CommandRun tokenized = chorale("tokenize");
    assertEquals(0, tokenized.exitCode(), tokenized.err());
    assertTrue(tokenized.out().contains("bad-vector"), tokenized.out());
    assertTrue(tokenized.out().contains("no-target"), tokenized.out());
    CommandRun trained = chorale("train");
    assertEquals(0, trained.exitCode(), trained.err());
    for (String split : List.of("train", "test")) {
      JsonNode measures = object(chorale("evaluate", "--json", "--set", "evaluate.split=" + split));
      assertEquals(1, measures.get("exact_match").asDouble(), 0.05, measures.toString());
    }
    for (String beam : List.of("1", "3")) {
      JsonNode one =
          object(
              chorale("generate", "--json", "--prompt", "1 3", "--set", "generate.beam=" + beam));
      assertEquals("three one", one.get("text").asText());
    }
    CommandRun silent =
        chorale("generate", "--json", "--prompt", "1 3", "--midi", directory + "/tune.mid");
    assertEquals(1, silent.exitCode());
    assertTrue(silent.err().contains("0 of 1 tunes parse, expected one"), silent.err());
    JsonNode played = JsonMapper.builder().build().readTree(silent.out());
    assertEquals(1, played.get("tunes").asInt());
    assertEquals(0, played.get("valid").asInt());
    assertTrue(
        played.get("faults").get(0).asText().contains("\"three one\" before X:"),
        played.toString());
    Files.writeString(
        directory.resolve("new.jsonl"),
        "{\"first\": 1, \"second\": 3}\n{\"first\": 1}\n{\"first\": 2, \"second\": [0]}\n");
    Path output = directory.resolve("out.jsonl");
    CommandRun predicted =
        chorale(
            "predict",
            "--set=predict.paths=" + directory.resolve("new.jsonl"),
            "--set=predict.output=" + output);
    assertEquals(0, predicted.exitCode(), predicted.err());
    List<String> texts = new ArrayList<>();
    for (String row : Files.readAllLines(output.resolve("part-00000.jsonl"))) {
      JsonNode found = JsonMapper.builder().build().readTree(row);
      texts.add(found.path("predicted_text").asText(found.path("predicted_reason").asText()));
    }
    assertEquals(List.of("three one", "bad-vector (nothing, expected numbers)", "two zero"), texts);

    CommandRun wrong = chorale("generate", "--prompt", "1 3 1");
    assertEquals(2, wrong.exitCode());
    assertTrue(wrong.err().contains("it has 3 numbers, expected 2"), wrong.err());
    CommandRun lines =
        CommandRun.reading("1 3\n1 x\n2 2\n".getBytes(UTF_8), () -> chorale("generate", "--stdin"));
    assertEquals(2, lines.exitCode());
    assertEquals("three one" + System.lineSeparator(), lines.out());
    assertTrue(lines.err().contains("holds 'x', expected numbers"), lines.err());
    assertTrue(lines.err().contains("It is line 2 of standard input."), lines.err());
    CommandRun nothing = chorale("generate");
    assertEquals(2, nothing.exitCode());
    assertTrue(nothing.err().contains("there is no source"), nothing.err());
  }
}
