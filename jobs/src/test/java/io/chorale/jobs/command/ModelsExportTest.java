package io.chorale.jobs.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.export.Python;
import io.chorale.jobs.spark.SharedSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** {@code models export}: from a corpus to a folder whose code predicts as {@code predict} does. */
class ModelsExportTest {
  private static final int WRONG_USE = 2;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  @TempDir static Path directory;
  private static List<String> settings;

  @BeforeAll
  static void train() throws IOException {
    Path corpus = directory.resolve("words.jsonl");
    Files.writeString(
        corpus,
        IntStream.range(0, 60)
            .mapToObj(
                i ->
                    "{\"words\": [\"w%d\", \"w%d\"], \"tags\": [\"%s\", \"%s\"]}\n"
                        .formatted(i % 7, i % 5, tag(i % 7), tag(i % 5)))
            .collect(Collectors.joining()));
    settings =
        List.of(
            "corpus.paths=" + corpus,
            "corpus.text-field=words",
            "corpus.tags-field=tags",
            "tokenizer.kind=words",
            "tokenizer.vocabulary=9",
            "data.path=" + directory.resolve("data"),
            "data.shards=1",
            "run.path=" + directory.resolve("run"),
            "task.kind=tagging",
            "model.kind=lstm",
            "model.layers=1",
            "model.width=8",
            "train.context=4",
            "train.batch=4",
            "train.steps=20",
            "train.average-every=20",
            "registry.path=" + directory.resolve("registry"),
            "registry.name=words");
    for (List<String> command :
        List.of(List.of("tokenize"), List.of("train"), List.of("models", "add"))) {
      done(CommandRun.with(settings, command.toArray(String[]::new)));
    }
  }

  private static String tag(int word) {
    return word % 2 == 0 ? "even" : "odd";
  }

  private static String done(CommandRun run) {
    assertEquals(0, run.exitCode(), run.err());
    return run.out();
  }

  /** With nothing but the registry: all else is known of the version. */
  private static CommandRun export(String... more) {
    List<String> command = new ArrayList<>(List.of("models", "export"));
    command.addAll(List.of(more));
    return CommandRun.with(
        settings.stream().filter(setting -> setting.startsWith("registry.")).toList(),
        command.toArray(String[]::new));
  }

  @Test
  void anExportedModelPredictsAsTheCommandDoes() throws IOException, InterruptedException {
    Path folder = directory.resolve("out");
    String told = done(export("@candidate", "--format=mlflow", "--output=" + folder));
    assertEquals("registry:words@1 is in file:%s, for mlflow%n".formatted(folder), told);
    Optional<String> missing = Python.missing();
    missing.ifPresent(why -> System.err.println("SKIPPED: exported code is not tried: " + why));
    assumeTrue(missing.isEmpty(), () -> missing.get());
    String rows =
        """
        {"words": ["w0", "w3", "w1"]}
        {"words": []}
        {"words": ["w2", ""]}
        {"words": "w3\\u2003w4 unheard-of w1 w1 w1"}
        {"other": 1}
        {"words": " "}
        {"words": "a\\u0000b"}
        """;
    List<JsonNode> predicted = predict(rows);
    ObjectNode asked = JSON.createObjectNode();
    asked.put("folder", folder.toString()).put("loader_module", "chorale_pyfunc");
    asked.put("code", "code").put("data", "data");
    ArrayNode asking = asked.putArray("rows");
    for (String row : rows.lines().toList()) {
      asking.add(JSON.readTree(row));
    }
    JsonNode found = Python.run(JSON.createArrayNode().add(asked)).get(0);
    assertEquals(predicted.size(), found.size());
    for (int row = 0; row < found.size(); row++) {
      assertEquals(predicted.get(row).get("predicted_tags"), found.get(row).get("tags"));
      assertEquals(predicted.get(row).get("predicted_reason"), found.get(row).get("reason"));
    }
    assertEquals(4, found.get(3).get("tags").size());
  }

  private static List<JsonNode> predict(String rows) throws IOException {
    Path input = directory.resolve("new.jsonl");
    Files.writeString(input, rows);
    Path output = directory.resolve("predicted.jsonl");
    List<String> all = new ArrayList<>(settings);
    all.addAll(List.of("predict.paths=" + input, "predict.output=" + output));
    done(CommandRun.with(all, "predict"));
    List<JsonNode> lines = new ArrayList<>();
    try (Stream<Path> files = Files.list(output)) {
      for (Path part : files.filter(path -> path.toString().contains("/part-")).sorted().toList()) {
        for (String line : Files.readAllLines(part)) {
          lines.add(JSON.readTree(line));
        }
      }
    }
    return lines;
  }

  @Test
  void whatCannotBeExportedIsTold() throws IOException {
    Path folder = directory.resolve("refused");
    CommandRun run = export("@candidate", "--format=pickle", "--output=" + folder);
    assertEquals(WRONG_USE, run.exitCode());
    assertTrue(
        run.err().contains("expected mlflow, hf, peft, gguf, onnx (got: pickle)"), run.err());
    run = export("words@7", "--format=mlflow", "--output=" + folder);
    assertEquals(WRONG_USE, run.exitCode());
    assertTrue(run.err().contains("Cannot open version 7 of model words"), run.err());
    run = export("--format=mlflow", "--output=" + folder);
    assertTrue(run.err().contains("Cannot open alias production of model words"), run.err());
    run = export("1", "--format=mlflow", "--output=");
    assertEquals(WRONG_USE, run.exitCode());
    assertFalse(Files.exists(folder));
    JsonNode object =
        JSON.readTree(
            done(
                export("1", "--format=mlflow", "--json", "--output=" + directory.resolve("json"))));
    assertEquals("registry:words@1", object.get("model").asText());
    assertTrue(Files.exists(directory.resolve("json/MLmodel")));
    run = export("1", "--format=mlflow", "--output=" + directory.resolve("json"));
    assertEquals(WRONG_USE, run.exitCode());
    assertTrue(run.err().contains("it exists, expected a new path."), run.err());
  }
}
