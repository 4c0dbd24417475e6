package io.chorale.jobs.retrain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.jobs.command.CommandRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Cycles on a corpus of text whose words follow each other in an order of their own. */
abstract class Retraining {
  private static final List<String> WORDS =
      List.of("river", "stone", "valley", "runs", "through", "the", "old", "of", "and", "water");

  @TempDir Path directory;
  Path corpus;

  @BeforeEach
  void makeCorpus() throws IOException {
    corpus = Files.createDirectories(directory.resolve("corpus"));
  }

  /** Lines of a language whose words follow each other in an order of its own. */
  final void write(String name, int lines, long seed) throws IOException {
    Random random = new Random(seed);
    List<String> all = new ArrayList<>();
    for (int line = 0; line < lines; line++) {
      StringBuilder text = new StringBuilder();
      int word = random.nextInt(WORDS.size());
      for (int i = 0; i < 12; i++) {
        text.append(WORDS.get(word)).append(' ');
        word = (word + (random.nextInt(4) == 0 ? 1 + random.nextInt(9) : 3)) % WORDS.size();
      }
      all.add(text.toString());
    }
    Files.write(corpus.resolve(name), all);
  }

  /** Letters in any order: whoever learns them is worse at the language. */
  final void writeNoise(String name, int lines, long seed) throws IOException {
    Random random = new Random(seed);
    Files.write(
        corpus.resolve(name),
        IntStream.range(0, lines)
            .mapToObj(
                line ->
                    random
                        .ints(70, 0, 12)
                        .mapToObj(i -> String.valueOf("rivestonhalg".charAt(i)))
                        .reduce("", String::concat))
            .toList());
  }

  final List<String> settings(String... more) {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "corpus.paths=['" + corpus + "']",
                "tokenizer.kind=characters",
                "data.path=" + directory.resolve("data"),
                "data.shards=4",
                "data.validation=0.2",
                "model.kind=gru",
                "model.layers=1",
                "model.width=32",
                "train.context=16",
                "train.batch=4",
                "train.steps=150",
                "train.average-every=25",
                "train.warmup=10",
                "train.learning-rate=0.01",
                "train.workers=2",
                "evaluate.every=0",
                "evaluate.batch=4",
                "run.path=" + directory.resolve("cycles"),
                "registry.path=" + directory.resolve("registry"),
                "registry.name=news"));
    settings.addAll(List.of(more));
    return settings;
  }

  final CommandRun retrain(String... more) {
    return CommandRun.with(settings(more), "retrain", "--json", "--master=local[2]");
  }

  final JsonNode outcome(CommandRun run) throws IOException {
    assertEquals(0, run.exitCode(), run.err());
    JsonNode told = JsonMapper.builder().build().readTree(run.out());
    ObjectNode file =
        (ObjectNode)
            JsonMapper.builder()
                .build()
                .readTree(Files.readString(directory.resolve("cycles/outcome.json")));
    file.remove("told");
    assertEquals(told, file);
    return told;
  }

  final CommandRun command(String... command) {
    return CommandRun.with(settings(), command);
  }

  /** A slice of the scorecard of a version. */
  final JsonNode slice(int version, String name) throws IOException {
    for (JsonNode slice : scorecard(version).get("slices")) {
      if (slice.get("name").asText().equals(name)) {
        return slice;
      }
    }
    return fail("no slice " + name);
  }

  /** That of a version. */
  final JsonNode scorecard(int version) throws IOException {
    return JsonMapper.builder()
        .build()
        .readTree(
            Files.readString(
                directory.resolve(
                    "registry/news/versions/00000%d/scorecard.json".formatted(version))));
  }
}
