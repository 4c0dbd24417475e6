package io.chorale.export;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.chorale.checkpoint.CheckpointChoice;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.config.ChoraleException;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.data.Dataset;
import io.chorale.data.Schema;
import io.chorale.io.Faults;
import io.chorale.io.FaultyFileSystem;
import io.chorale.io.Storage;
import io.chorale.registry.Addition;
import io.chorale.registry.Registry;
import io.chorale.task.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The folder that MLflow opens: what it says, and that it is there as a whole or not at all. */
class MlflowFolderTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir Path directory;

  private final Configuration configuration = new Configuration();
  private final Storage storage = new Storage(configuration);

  @AfterEach
  void end() {
    Faults.end();
  }

  private org.apache.hadoop.fs.Path at(String name) {
    return new org.apache.hadoop.fs.Path(directory.resolve(name).toString());
  }

  private ExportedModel model(String... overrides) {
    return model("made", json -> json, overrides);
  }

  private ExportedModel model(String name, UnaryOperator<byte[]> change, String... overrides) {
    Settings settings = MadeModel.settings(overrides);
    Map<String, byte[]> json =
        Map.of(Dataset.TOKENIZER, change.apply(MadeModel.tokenizer(settings)));
    Schema schema = MadeModel.schema(settings, json);
    return MadeModel.of(storage, at(name), settings, schema, json);
  }

  private static TreeMap<String, byte[]> files(Path root) throws IOException {
    TreeMap<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> found = Files.walk(root)) {
      for (Path file : found.filter(Files::isRegularFile).toList()) {
        files.put(root.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return files;
  }

  @Test
  void aVersionGivesTheSameBytesEachTime() throws IOException {
    Settings settings =
        MadeModel.settings(
            "task.kind=classification",
            "tokenizer.kind=words",
            "tokenizer.vocabulary=20",
            "corpus.text-field=review",
            "corpus.paths=[/srv/customers/letters.jsonl]",
            "alerts.webhook=env:CUSTOMER_HOOK");
    Map<String, byte[]> json = MadeModel.tokenizers(settings);
    RunDirectory run =
        MadeModel.run(storage, at("run"), settings, MadeModel.schema(settings, json), json);
    Registry registry = new Registry(storage, at("registry"));
    registry.model("reviews").add(Addition.of(run.path(), new CheckpointChoice("last")));
    for (String name : List.of("one", "two")) {
      ExportedModel model =
          ExportedModel.of(storage, registry.model("reviews").open("candidate"), settings);
      ExportFormat.MLFLOW.write(storage, at(name), ExportOptions.of(false), model);
    }
    TreeMap<String, byte[]> one = files(directory.resolve("one"));
    TreeMap<String, byte[]> two = files(directory.resolve("two"));
    assertEquals(one.keySet(), two.keySet());
    one.forEach((name, bytes) -> assertArrayEquals(bytes, two.get(name), name));
    byte[] parameters =
        storage.readFully(
            ExportedModel.of(storage, registry.model("reviews").open("1"), settings).parameters(),
            1 << 20);
    assertArrayEquals(parameters, one.get("data/model.safetensors"));
    // Nothing of where it was made, by whom, of what, or who is told.
    String all =
        one.values().stream().map(bytes -> new String(bytes, UTF_8)).collect(Collectors.joining());
    for (String secret :
        List.of(directory.toString(), "customers", "HOOK", System.getProperty("user.name") + "@")) {
      assertFalse(all.contains(secret), secret);
    }
    says(new YAMLMapper().readTree(one.get("MLmodel")), one);
  }

  private static void says(JsonNode model, Map<String, byte[]> files) throws IOException {
    JsonNode flavor = model.at("/flavors/python_function");
    String loader = flavor.get("code").asText() + "/" + flavor.get("loader_module").asText();
    assertTrue(files.containsKey(loader + "/__init__.py"), files.keySet().toString());
    for (String key : List.of("conda", "virtualenv")) {
      assertTrue(files.containsKey(flavor.at("/env/" + key).asText()), key);
    }
    assertTrue(model.get("model_uuid").asText().matches("[0-9a-f]{32}"));
    assertTrue(
        model
            .get("utc_time_created")
            .asText()
            .matches("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{6}"));
    assertFalse(model.has("run_id"));
    assertEquals(
        "[{\"type\":\"string\",\"name\":\"review\",\"required\":true}]",
        model.at("/signature/inputs").asText());
    JsonNode outputs =
        JsonMapper.builder().build().readTree(model.at("/signature/outputs").asText());
    assertEquals(List.of("class", "probabilities", "reason"), outputs.findValuesAsText("name"));
    assertEquals("double", outputs.get(1).at("/values/type").asText());
    assertEquals("reviews", model.at("/metadata/registry_model").asText());
    assertEquals(1, model.at("/metadata/registry_version").asInt());
    assertEquals("d".repeat(64), model.at("/metadata/dataset").asText());
    assertEquals(0.5, model.at("/metadata/measures/loss").asDouble());
    JsonNode example = JsonMapper.builder().build().readTree(files.get("input_example.json"));
    assertEquals("[\"review\"]", example.get("columns").toString());
    String needs = new String(files.get("requirements.txt"), UTF_8);
    assertTrue(needs.lines().allMatch(need -> need.matches("[a-z]+==[0-9.]+")), needs);
    assertFalse(needs.contains("regex"), needs);
    JsonNode conda = new YAMLMapper().readTree(files.get("conda.yaml"));
    assertEquals(needs.lines().toList(), texts(conda.at("/dependencies/2/pip")));
  }

  private static List<String> texts(JsonNode list) {
    return Stream.iterate(0, i -> i < list.size(), i -> i + 1)
        .map(i -> list.get(i).asText())
        .toList();
  }

  @Test
  void whatIsThereStays() throws IOException {
    ExportedModel model = model("tokenizer.kind=characters", "tokenizer.vocabulary=45");
    Files.createDirectories(directory.resolve("out"));
    Files.writeString(directory.resolve("out/mine.txt"), "mine");
    String refused =
        assertThrows(
                SettingsException.class,
                () -> ExportFormat.MLFLOW.write(storage, at("out"), ExportOptions.of(false), model))
            .getMessage();
    assertTrue(refused.startsWith("Cannot write MLflow model file:"), refused);
    refused =
        assertThrows(
                SettingsException.class,
                () -> ExportFormat.MLFLOW.write(storage, at("out"), ExportOptions.of(true), model))
            .getMessage();
    assertTrue(refused.contains("it holds no MLmodel"), refused);
    assertEquals(List.of("mine.txt"), List.copyOf(files(directory.resolve("out")).keySet()));
    ExportFormat.MLFLOW.write(storage, at("new"), ExportOptions.of(false), model);
    TreeMap<String, byte[]> before = files(directory.resolve("new"));
    ExportFormat.MLFLOW.write(storage, at("new"), ExportOptions.of(true), model);
    assertEquals(before.keySet(), files(directory.resolve("new")).keySet());
  }

  @Test
  void aFolderIsWholeOrNotThere() throws IOException {
    FaultyFileSystem.register(configuration);
    Storage faulty = new Storage(configuration);
    ExportedModel model = model("tokenizer.kind=characters", "tokenizer.vocabulary=45");
    org.apache.hadoop.fs.Path out =
        new org.apache.hadoop.fs.Path("faulty://" + directory + "/models/out");
    Faults.refuse("create", "transformer.py", 100, "no space left");
    assertThrows(
        ChoraleException.class,
        () -> ExportFormat.MLFLOW.write(faulty, out, ExportOptions.of(false), model));
    Faults.end();
    assertEquals(List.of(), List.copyOf(files(directory.resolve("models")).keySet()));
    ExportFormat.MLFLOW.write(faulty, out, ExportOptions.of(false), model);
    assertTrue(Files.exists(directory.resolve("models/out/MLmodel")));
  }

  @Test
  void whatTheCodeCannotPredictIsRefused() {
    ExportedModel foreign =
        model(
            "foreign",
            json ->
                new String(json, UTF_8)
                    .replace("\"normalizer\" : null", "\"normalizer\" : {\"type\" : \"Lowercase\"}")
                    .getBytes(UTF_8),
            "tokenizer.kind=bpe",
            "tokenizer.vocabulary=290");
    refuses(
        foreign,
        "Cannot export registry:foreign@1 as mlflow: its tokenizer.json (tokenizer.file) is of another form, expected byte-level bpe, ");
  }

  private ExportedModel forecast(String... overrides) {
    List<String> all = new ArrayList<>(List.of(overrides));
    all.addAll(
        List.of(
            "task.kind=forecast",
            "forecast.look-back=5",
            "forecast.horizon=3",
            "forecast.quantiles=[0.2, 0.5]"));
    Settings settings = MadeModel.settings(all.toArray(String[]::new));
    return MadeModel.of(storage, at("made"), settings, Task.needs(settings, 1, 1), Map.of());
  }

  @Test
  void aModelLiesInTheFolderAsOnnxToo() throws Exception {
    for (List<String> overrides :
        List.of(
            List.of("model.kind=lstm"),
            List.of("task.kind=translation", "attention.positions=rotary"))) {
      List<String> all = new ArrayList<>(overrides);
      all.addAll(List.of("tokenizer.kind=characters", "tokenizer.vocabulary=45"));
      ExportFormat.MLFLOW.write(
          storage,
          at("out"),
          new ExportOptions(true, NumberType.FLOAT32, 2_000),
          model(all.toArray(String[]::new)));
      Path folder = directory.resolve("out");
      JsonNode onnx = new YAMLMapper().readTree(folder.resolve("MLmodel").toFile()).at("/flavors");
      assertEquals("chorale_pyfunc", onnx.at("/python_function/loader_module").asText());
      try (OnnxCalls graph = new OnnxCalls(folder.resolve(onnx.at("/onnx/data").asText()))) {
        long[][] ids = {{1, 2, 3}};
        Map<String, Object> given = Map.of("ids", ids, "target", ids, "lengths", new long[] {3});
        assertEquals(3, ((float[][][]) graph.call(given).get("logits"))[0].length);
      }
      assertEquals(1, files(folder).keySet().stream().filter(n -> n.endsWith(".data")).count());
      storage.deleteRecursively(at("made"));
    }
  }

  @Test
  void aForecastIsPredictedByTheGraph() throws Exception {
    ExportFormat.MLFLOW.write(storage, at("out"), ExportOptions.of(false), forecast());
    TreeMap<String, byte[]> files = files(directory.resolve("out"));
    JsonNode model = new YAMLMapper().readTree(files.get("MLmodel"));
    assertEquals("mlflow.onnx", model.at("/flavors/python_function/loader_module").asText());
    assertEquals("model.onnx", model.at("/flavors/python_function/data").asText());
    JsonNode inputs = JSON.readTree(model.at("/signature/inputs").asText());
    assertEquals("series", inputs.at("/0/name").asText());
    assertEquals("[-1,5,1]", inputs.at("/0/tensor-spec/shape").toString());
    JsonNode outputs = JSON.readTree(model.at("/signature/outputs").asText());
    assertEquals(List.of("forecast", "quantiles"), outputs.findValuesAsText("name"));
    assertEquals("tf-serving", model.at("/saved_input_example_info/format").asText());
    JsonNode series = JSON.readTree(files.get("input_example.json")).at("/inputs/series");
    float[][][] read = JSON.convertValue(series, float[][][].class);
    try (OnnxCalls graph = new OnnxCalls(directory.resolve("out/model.onnx"))) {
      float[][][][] found = (float[][][][]) graph.call(Map.of("series", read)).get("quantiles");
      assertEquals(3, found[0].length);
      assertEquals(2, found[0][0][0].length);
    }
    assertEquals(
        Set.of(
            "MLmodel",
            "conda.yaml",
            "input_example.json",
            "model.onnx",
            "python_env.yaml",
            "requirements.txt"),
        files.keySet());
    assertTrue(new String(files.get("requirements.txt"), UTF_8).contains("onnxruntime=="));
  }

  private void refuses(ExportedModel model, String message) {
    String refused =
        assertThrows(
                SettingsException.class,
                () ->
                    ExportFormat.MLFLOW.write(
                        storage, at("refused"), ExportOptions.of(false), model))
            .getMessage();
    assertTrue(refused.startsWith(message), refused);
    assertFalse(Files.exists(directory.resolve("refused")));
  }
}
