package io.chorale.jobs.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.jobs.spark.SharedSession;
import io.chorale.music.AbcTune;
import io.chorale.music.MidiFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What each task predicts for the rows of a file. */
class PredictTasksTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  @TempDir Path directory;

  private final SplittableRandom random = new SplittableRandom(1);
  private List<String> settings;

  /** Makes a run of a task from a file of lines. */
  private void train(String name, IntFunction<String> line, String... task) throws IOException {
    Path corpus = directory.resolve(name);
    Files.writeString(
        corpus,
        IntStream.range(0, 120)
            .mapToObj(line)
            .map(each -> each + "\n")
            .collect(Collectors.joining()));
    settings =
        new ArrayList<>(
            List.of(
                "corpus.paths=" + corpus,
                "data.path=" + directory.resolve("data"),
                "data.shards=2",
                "data.validation=0.2",
                "run.path=" + directory.resolve("run"),
                "model.kind=gru",
                "model.layers=1",
                "model.width=16",
                "train.context=16",
                "train.batch=8",
                "train.steps=100",
                "train.average-every=50",
                "train.learning-rate=0.02",
                "train.warmup=5"));
    settings.addAll(List.of(task));
    for (String command : List.of("tokenize", "train")) {
      CommandRun run = CommandRun.with(settings, command);
      assertEquals(0, run.exitCode(), run.err());
    }
  }

  private List<JsonNode> predict(String name, String input, String... more) throws IOException {
    Path file = directory.resolve(name);
    Files.writeString(file, input);
    Path output = directory.resolve("out-" + name + ".jsonl");
    List<String> all = new ArrayList<>(settings);
    all.addAll(List.of("predict.paths=" + file, "predict.output=" + output));
    all.addAll(List.of(more));
    CommandRun run = CommandRun.with(all, "predict");
    assertEquals(0, run.exitCode(), run.err());
    List<JsonNode> lines = new ArrayList<>();
    try (Stream<Path> files = Files.list(output)) {
      for (Path part : files.filter(path -> path.toString().contains("/part-")).sorted().toList()) {
        for (String line : Files.readAllLines(part)) {
          lines.add(JsonMapper.builder().build().readTree(line));
        }
      }
    }
    String rows = "%d rows in and out".formatted(lines.size());
    assertTrue(run.out().contains(rows), run.out());
    return lines;
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(text -> texts.add(text.asText()));
    return texts;
  }

  @Test
  void everyWordGetsATag() throws IOException {
    train(
        "words.jsonl",
        i -> {
          List<String> words =
              IntStream.rangeClosed(0, random.nextInt(6))
                  .mapToObj(n -> "w" + random.nextInt(9))
                  .toList();
          String tags = words.stream().map(this::tag).collect(Collectors.joining("\",\""));
          return "{\"words\":[\"%s\"],\"tags\":[\"%s\"]}"
              .formatted(String.join("\",\"", words), tags);
        },
        "corpus.text-field=words",
        "corpus.tags-field=tags",
        "tokenizer.kind=words",
        "tokenizer.vocabulary=11",
        "task.kind=tagging");
    List<JsonNode> found =
        predict(
            "new.jsonl",
            """
            {"words": ["w0", "w7", "w1"], "tags": ["kept", "as they are"]}
            {"words": []}
            {"words": ["w8"]}
            {"words": ["w2", ""]}
            {"words": "w3 w4"}
            """);
    assertEquals(List.of("even", "odd", "odd"), texts(found.get(0).get("predicted_tags")));
    assertEquals(List.of("kept", "as they are"), texts(found.get(0).get("tags")));
    assertEquals("empty", found.get(1).get("predicted_reason").asText());
    assertEquals(List.of("even"), texts(found.get(2).get("predicted_tags")));
    assertEquals("no-text (word 2 is empty)", found.get(3).get("predicted_reason").asText());
    assertEquals(List.of("odd", "even"), texts(found.get(4).get("predicted_tags")));
  }

  private String tag(String word) {
    return (word.charAt(1) - '0') % 2 == 0 ? "even" : "odd";
  }

  @Test
  void aSeriesGetsItsNumber() throws IOException {
    train(
        "series.jsonl",
        i -> {
          double a = random.nextDouble(-1, 1);
          double b = random.nextDouble(-1, 1);
          return String.format(
              Locale.ROOT, "{\"s\":[[%f,%f],[%f,%f]],\"y\":%f}", a, b, b, a, a + b);
        },
        "corpus.text-field=",
        "corpus.series-field=s",
        "corpus.label-field=y",
        "corpus.label-type=number",
        "task.kind=regression");
    List<JsonNode> found =
        predict(
            "new.jsonl",
            """
            {"s": [[0.5, 0.25], [0.25, 0.5]]}
            {"s": [[0.5], [0.25]]}
            {"s": [[0.5, NaN]]}
            {"s": [[0.5, 0.1], [0.5, 0.1, 3.0]]}
            {"t": "no series"}
            {"s": "n/a"}
            {"s": [[-0.5, -0.25], [-0.25, -0.5]]}
            """);
    assertEquals(0.75, found.get(0).get("predicted_number").asDouble(), 0.2);
    assertEquals(-0.75, found.get(6).get("predicted_number").asDouble(), 0.2);
    assertEquals(
        List.of(
            "",
            "bad-series (1 channels, most have 2)",
            "bad-series (NaN at 1)",
            "bad-series (a list with 3 numbers in step 2, 2 before, expected numbers)",
            "bad-series (nothing, expected numbers)",
            "bad-series (\"n/a\" at 1, expected a number)",
            ""),
        found.stream().map(row -> row.get("predicted_reason").asText("")).toList());
    assertEquals("no series", found.get(4).get("t").asText());
    assertTrue(found.get(4).get("predicted_number").isNull());
    assertTrue(found.get(4).get("s").isNull());
  }

  @Test
  void aTextGetsTheTranslationThatGenerateWrites() throws IOException {
    train(
        "pairs.jsonl",
        i -> {
          String word = word();
          return "{\"a\":\"%s\",\"b\":\"%s\"}".formatted(word, word.toUpperCase(Locale.ROOT));
        },
        "corpus.text-field=a",
        "corpus.target-field=b",
        "tokenizer.kind=characters",
        "task.kind=translation");
    for (String beam : List.of("1", "3")) {
      settings.add("generate.beam=" + beam);
      List<JsonNode> found =
          predict(
              "new" + beam + ".jsonl", "{\"a\":\"abc\",\"n\":7}\n{\"a\":\"\"}\n{\"a\":\"ba\"}\n");
      assertEquals("empty", found.get(1).get("predicted_reason").asText());
      assertEquals(7, found.get(0).get("n").asInt());
      for (int row : List.of(0, 2)) {
        CommandRun written =
            CommandRun.with(
                settings, "generate", "--json", "--prompt", found.get(row).get("a").asText());
        assertEquals(0, written.exitCode(), written.err());
        JsonNode expected = JsonMapper.builder().build().readTree(written.out());
        assertEquals(expected.get("text"), found.get(row).get("predicted_text"));
        assertEquals(
            expected.get("score").asDouble(),
            found.get(row).get("predicted_score").asDouble(),
            1e-5);
      }
    }
  }

  private String word() {
    return IntStream.rangeClosed(0, random.nextInt(5))
        .mapToObj(n -> String.valueOf((char) ('a' + random.nextInt(4))))
        .collect(Collectors.joining());
  }

  @Test
  void aTextIsGoneOnWithByTheSeedAndTheRow() throws IOException {
    train(
        "texts.txt",
        i -> word() + " " + word() + " " + word(),
        "tokenizer.kind=characters",
        "train.context=8",
        "generate.tokens=12");
    String prompts = "abca\nabca\n\nb\n" + "abcdabcdabcdabcd\n";
    List<JsonNode> drawn = predict("drawn.txt", prompts, "generate.temperature=1");
    assertEquals("abca", drawn.get(0).get("text").asText());
    assertNotEquals(drawn.get(0).get("predicted_text"), drawn.get(1).get("predicted_text"));
    assertEquals("empty", drawn.get(2).get("predicted_reason").asText());
    Files.move(directory.resolve("out-drawn.txt.jsonl"), directory.resolve("before"));
    assertEquals(drawn, predict("drawn.txt", prompts, "generate.temperature=1"));
    List<JsonNode> likeliest = predict("likeliest.txt", prompts, "generate.temperature=0");
    for (int row : List.of(0, 1, 3, 4)) {
      String prompt = likeliest.get(row).get("text").asText();
      CommandRun written =
          CommandRun.with(
              Stream.concat(settings.stream(), Stream.of("generate.temperature=0")).toList(),
              "generate",
              "--json",
              "--prompt",
              prompt);
      assertEquals(
          JsonMapper.builder().build().readTree(written.out()).get("text"),
          likeliest.get(row).get("predicted_text"),
          prompt);
    }
  }

  /** Bytes are base64 in JSON. */
  @Test
  void aTuneGetsItsMidiFile() throws IOException {
    train(
        "tunes.jsonl",
        i -> "{\"abc\": \"X:1\\nK:C\\n%s\", \"n\": %d}".formatted(word(), i),
        "corpus.text-field=abc",
        "tokenizer.kind=characters",
        "generate.tokens=4");
    String prompts =
        "{\"abc\": \"X:1\\nK:C\\nab\"}\n{\"abc\": \"no tune\"}\n{\"abc\": \"\"}\n{\"abc\": \"X:1\\nK:G\\nc\"}\n";
    List<JsonNode> found = predict("new.jsonl", prompts, "predict.midi=true");
    int valid = 0;
    for (JsonNode row : found) {
      String reason = row.get("predicted_reason").asText("");
      if (reason.isEmpty()) {
        String tune = row.get("abc").asText() + row.get("predicted_text").asText();
        assertArrayEquals(
            MidiFile.of(AbcTune.parse(tune)), row.get("predicted_midi").binaryValue(), tune);
        valid++;
      } else {
        assertTrue(row.get("predicted_midi").isNull(), row.toString());
      }
    }
    assertTrue(valid > 0, found.toString());
    assertTrue(found.get(1).get("predicted_reason").asText().startsWith("bad-tune (Cannot read"));
    assertTrue(found.get(1).has("predicted_text"));
    assertEquals("empty", found.get(2).get("predicted_reason").asText());
  }

  @Test
  void aMaskedModelTellsHowLikelyATextIs() throws IOException {
    train(
        "texts.txt",
        i -> "abcd".repeat(1 + random.nextInt(3)),
        "tokenizer.kind=characters",
        "task.kind=masked-language-model");
    String texts = "abcdabcd\n\nddbbacda\n";
    List<JsonNode> found = predict("new.txt", texts);
    assertEquals(found, predict("alone.txt", texts, "predict.batch=1"));
    double usual = found.get(0).get("predicted_perplexity").asDouble();
    double odd = found.get(2).get("predicted_perplexity").asDouble();
    assertTrue(1 <= usual && 2 * usual < odd, usual + " against " + odd);
    assertEquals("empty", found.get(1).get("predicted_reason").asText());
  }
}
