package io.chorale.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.checkpoint.SourceFolder;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.Facts;
import io.chorale.data.Ids;
import io.chorale.data.Schema;
import io.chorale.data.TokenStream;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.model.Dropout;
import io.chorale.model.Pass;
import io.chorale.model.State;
import io.chorale.model.Weights;
import io.chorale.task.Task;
import io.chorale.tensor.Device;
import io.chorale.tensor.Engine;
import io.chorale.tensor.Products;
import io.chorale.tensor.StepScope;
import io.chorale.tensor.Tape;
import io.chorale.token.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A published model computes here what it computes in transformers, and goes out as it came in. */
class PublishedPredictionsTest {
  private static final double CLOSE = 1e-4;
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int[] IDS = {5, 17, 290, 3, 3, 81, 200, 7, 64, 2, 9, 150, 33, 34, 35, 299};

  @TempDir Path directory;

  private final Storage storage = new Storage(new Configuration());
  private final ArrayNode exported = JSON.createArrayNode();

  @BeforeAll
  static void needsPython() throws IOException, InterruptedException {
    Optional<String> missing = Python.missing("torch, transformers, tokenizers, safetensors");
    missing.ifPresent(why -> System.err.println("SKIPPED: published models are not tried: " + why));
    assumeTrue(missing.isEmpty(), () -> missing.get());
    Engine.start();
  }

  @Test
  void ofEachArchitecture() throws IOException, InterruptedException {
    ObjectNode asked = JSON.createObjectNode().put("directory", directory.toString());
    asked.set("ids", JSON.valueToTree(IDS));
    JsonNode answers = Python.run("published.py", asked);
    assertEquals(7, answers.size());
    for (Map.Entry<String, JsonNode> answer : answers.properties()) {
      check(answer.getKey(), answer.getValue());
    }
    for (JsonNode read : Python.run("hub.py", exported)) {
      assertEquals(0, read.get("missing").size(), read.toString());
      assertEquals(2, read.get("end").asInt());
      for (JsonNode difference : read.get("differences")) {
        assertTrue(difference.asDouble() < CLOSE, read.toString());
      }
    }
  }

  private void check(String name, JsonNode expected) throws IOException {
    Path folder = directory.resolve(name);
    byte[] tokenizer =
        Tokenizers.given(storage, settings(folder, "aten").tokenizer(), "tokenizer.file");
    int entries = Tokenizers.load(tokenizer, name).vocabularySize();
    assertTrue(entries > 256 && entries < 310, "rows without entries");
    Schema schema =
        new Schema(
            List.of(Column.ids(Column.TEXT, entries)),
            Map.of(Column.TEXT, Facts.tokenizer(Tokenizers.fingerprint(tokenizer))));
    FloatVector parameters = null;
    PublishedModel model = null;
    Settings settled = null;
    for (String products : List.of("aten", "onednn")) {
      settled = PublishedModel.settled(storage, settings(folder, products));
      Task task = Task.of(settled, schema, name);
      model = PublishedModel.open(storage, settled, task.layout());
      parameters = model.parameters();
      FloatVector gradients =
          PublishedModel.open(
                  storage,
                  SettingsFile.with(settled, "model.from=" + folder + "-gradients"),
                  task.layout())
              .parameters();
      loss(name + " " + products, settled, task, parameters, expected.get("loss"), gradients);
    }
    Map<String, byte[]> files = new TreeMap<>(model.files());
    files.put("tokenizer.json", tokenizer);
    ExportedModel run =
        MadeModel.of(
            storage,
            settled,
            MadeModel.run(
                storage,
                new org.apache.hadoop.fs.Path(directory + "/run-" + name),
                settled,
                schema,
                files,
                parameters));
    float[] last = new HubModels.Made(run).logits(IDS);
    JsonNode logits = expected.get("logits").get(IDS.length - 1);
    assertEquals(logits.size(), last.length);
    for (int id = 0; id < last.length; id++) {
      assertEquals(logits.get(id).asDouble(), last[id], CLOSE, name + " " + id);
    }
    export(name, folder, run, NumberType.valueOf(type(expected)), logits);
  }

  private static String type(JsonNode expected) {
    return expected.get("dtype").asText().toUpperCase(java.util.Locale.ROOT);
  }

  private static Settings settings(Path folder, String products) {
    return SettingsFile.with(
        SettingsFile.defaults(),
        "model.from=" + folder,
        "tokenizer.file=" + folder,
        "train.context=24",
        "train.products=" + products);
  }

  private static void loss(
      String name,
      Settings settings,
      Task task,
      FloatVector parameters,
      JsonNode expected,
      FloatVector gradients) {
    Ids read = Ids.of(Arrays.copyOf(IDS, IDS.length - 1));
    Ids next = Ids.of(Arrays.copyOfRange(IDS, 1, IDS.length));
    Batch batch =
        new Batch(Map.of(Column.TEXT, read, TokenStream.NEXT, next), 1, IDS.length - 1, false);
    try (StepScope scope = new StepScope();
        Tape tape = new Tape();
        Weights weights =
            Weights.trained(
                task.layout(),
                parameters,
                false,
                Device.CPU,
                Products.of(settings.train(), Device.CPU))) {
      weights.begin();
      Task.Loss loss = task.loss(weights, batch, State.NONE, Pass.training(Dropout.NONE, tape));
      tape.backward(loss.mean());
      weights.gather();
      assertEquals(expected.asDouble(), loss.mean().item_float(), CLOSE, name);
      FloatVector found = io.chorale.tensor.FlatTensors.read(weights.flat().gradients());
      double largest = 0;
      for (long i = 0; i < found.length(); i++) {
        largest = Math.max(largest, Math.abs(gradients.get(i)));
      }
      assertTrue(largest > 1e-2, name);
      for (long i = 0; i < found.length(); i++) {
        assertEquals(gradients.get(i), found.get(i), CLOSE * Math.max(1, largest), name + " " + i);
      }
    }
  }

  private void export(String name, Path folder, ExportedModel run, NumberType type, JsonNode logits)
      throws IOException {
    Path output = directory.resolve(name + "-out");
    ExportFormat.HF.write(
        storage,
        new org.apache.hadoop.fs.Path(output.toString()),
        new ExportOptions(false, type, 12_000),
        run);
    Map<String, byte[]> before = SafeArrays.of(folder);
    before.keySet().removeIf(array -> array.endsWith(".attn.bias") || array.contains("masked"));
    Map<String, byte[]> after = SafeArrays.of(output);
    if (name.equals("gpt2-old")) {
      Map<String, byte[]> renamed = new TreeMap<>();
      before.forEach((array, bytes) -> renamed.put("transformer." + array, bytes));
      before = renamed;
    }
    assertEquals(before.keySet(), after.keySet(), name);
    for (Map.Entry<String, byte[]> array : before.entrySet()) {
      assertArrayEquals(array.getValue(), after.get(array.getKey()), name + " " + array.getKey());
    }
    for (String file : SourceFolder.FILES) {
      if (!file.equals(SourceFolder.CONFIG) && Files.exists(folder.resolve(file))) {
        assertArrayEquals(
            Files.readAllBytes(folder.resolve(file)),
            Files.readAllBytes(output.resolve(file)),
            file);
      }
    }
    ObjectNode each = exported.addObject().put("class", "AutoModelForCausalLM");
    each.put("folder", output.toString()).putArray("texts");
    ObjectNode row = each.putArray("rows").addObject();
    row.set("ids", JSON.valueToTree(IDS));
    row.putArray("logits").add(logits);
  }
}
