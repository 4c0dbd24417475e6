package io.chorale.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.checkpoint.BaseFile;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.checkpoint.TrainedAdapters;
import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.Facts;
import io.chorale.data.Ids;
import io.chorale.data.Schema;
import io.chorale.data.TokenStream;
import io.chorale.io.ArrayContent;
import io.chorale.io.FloatVector;
import io.chorale.io.SafeTensors;
import io.chorale.io.Storage;
import io.chorale.model.BaseWeights;
import io.chorale.model.Dropout;
import io.chorale.model.ParameterLayout;
import io.chorale.model.Pass;
import io.chorale.model.State;
import io.chorale.model.Weights;
import io.chorale.task.Task;
import io.chorale.tensor.Device;
import io.chorale.tensor.Engine;
import io.chorale.tensor.FlatTensors;
import io.chorale.tensor.Products;
import io.chorale.tensor.StepScope;
import io.chorale.tensor.Tape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Adapters of PEFT's compute here what they compute there, and ours there what they compute here.
 */
class PublishedAdaptersTest {
  private static final double CLOSE = 1e-4;
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int[] IDS = {5, 17, 290, 3, 3, 81, 200, 7, 64, 2, 9, 150, 33, 34, 35, 299};
  private static final Schema SCHEMA =
      new Schema(List.of(Column.ids(Column.TEXT, 310)), Map.of(Column.TEXT, Facts.NONE));

  @TempDir Path directory;

  private final Storage storage = new Storage(new Configuration());

  @BeforeAll
  static void engine() {
    Engine.start();
  }

  private Settings settings(String... more) {
    List<String> all = new ArrayList<>(List.of("train.context=24"));
    all.addAll(List.of(more));
    return PublishedModel.settled(storage, SettingsFile.with(SettingsFile.defaults(), all));
  }

  private static Task task(Settings settings) {
    return Task.of(settings, SCHEMA, "a test");
  }

  private static Task whole(Settings settings) {
    return task(TrainedModel.unadapted(settings));
  }

  @Test
  void bothWaysWithPeft() throws IOException, InterruptedException {
    Optional<String> missing = Python.missing("torch, transformers, peft, safetensors");
    missing.ifPresent(why -> System.err.println("SKIPPED: adapters are not tried: " + why));
    assumeTrue(missing.isEmpty(), () -> missing.get());
    ObjectNode asked = JSON.createObjectNode().put("directory", directory.toString());
    asked.set("ids", JSON.valueToTree(IDS));
    JsonNode made = Python.run("peft.py", asked);
    assertEquals(3, made.size());
    ArrayNode read = JSON.createArrayNode();
    List<float[]> expected = new ArrayList<>();
    for (Map.Entry<String, JsonNode> each : made.properties()) {
      expected.add(published(each.getKey(), each.getValue()));
      add(read, each.getKey(), each.getKey() + "-out");
    }
    expected.add(own("gpt2", "[query, value, down]"));
    add(read, "gpt2", "gpt2-own");
    expected.add(own("llama", "[qkv, gate, output]"));
    add(read, "llama", "llama-own");
    asked.set("read", read);
    JsonNode answers = Python.run("peft.py", asked);
    for (int i = 0; i < expected.size(); i++) {
      String name = read.get(i).get("adapter").asText();
      assertClose(answers.get(i).get("logits"), expected.get(i), name);
      assertClose(answers.get(i).get("merged"), expected.get(i), name);
    }
  }

  private void add(ArrayNode read, String model, String adapter) {
    read.addObject()
        .put("model", directory.resolve(model).toString())
        .put("adapter", directory.resolve(adapter).toString());
  }

  private static void assertClose(JsonNode expected, float[] found, String name) {
    assertEquals(expected.size(), found.length);
    for (int id = 0; id < found.length; id++) {
      assertEquals(expected.get(id).asDouble(), found[id], CLOSE, name + " " + id);
    }
  }

  /** Reads adapters of PEFT's, and writes them; returns the last logits. */
  private float[] published(String name, JsonNode expected) throws IOException {
    String from = "model.from=" + directory.resolve(name);
    Path folder = directory.resolve(name + "-adapter");
    float[] logits = null;
    for (String products : List.of("aten", "onednn")) {
      Settings settings = settings(from, "lora.from=" + folder, "train.products=" + products);
      assertEquals(3, settings.lora().rank());
      Settings gradients =
          SettingsFile.with(settings, "lora.from=" + directory.resolve(name + "-gradients"));
      checkLoss(name, settings, expected.get("loss").asDouble(), factors(gradients));
      ExportedModel run = run(name + "-run-" + products, settings, factors(settings));
      logits = new HubModels.Made(run).logits(IDS);
      assertClose(expected.get("logits"), logits, name);
      if (products.equals("onednn")) {
        write(run, name + "-out");
      }
    }
    Map<String, byte[]> before = SafeArrays.of(folder);
    Map<String, byte[]> after = SafeArrays.of(directory.resolve(name + "-out"));
    assertEquals(before.keySet(), after.keySet(), name);
    before.forEach((array, bytes) -> assertArrayEquals(bytes, after.get(array), array));
    return logits;
  }

  /** Writes adapters that PEFT has not made; returns the last logits. */
  private float[] own(String name, String targets) {
    Settings settings =
        settings(
            "model.from=" + directory.resolve(name),
            "lora.rank=2",
            "lora.alpha=3",
            "lora.targets=" + targets);
    FloatVector factors = new FloatVector(task(settings).layout().size());
    SplittableRandom random = new SplittableRandom(4);
    for (long i = 0; i < factors.length(); i++) {
      factors.set(i, (float) (random.nextDouble() - 0.5));
    }
    ExportedModel run = run(name + "-own-run", settings, factors);
    write(run, name + "-own");
    return new HubModels.Made(run).logits(IDS);
  }

  private void write(ExportedModel run, String name) {
    ExportFormat.PEFT.write(
        storage,
        new org.apache.hadoop.fs.Path(directory.resolve(name).toString()),
        ExportOptions.of(false),
        run);
  }

  private FloatVector factors(Settings settings) {
    Task task = task(settings);
    FloatVector factors = new FloatVector(task.layout().size());
    PublishedAdapters.open(storage, settings, whole(settings).layout(), task)
        .write(factors, task.layout());
    return factors;
  }

  private FloatVector model(Settings settings) {
    return PublishedModel.open(storage, settings, whole(settings).layout()).parameters();
  }

  private ExportedModel run(String name, Settings settings, FloatVector factors) {
    var path = new org.apache.hadoop.fs.Path(directory.resolve(name).toString());
    ParameterLayout fixed = TrainedAdapters.fixed(task(settings));
    String base =
        BaseFile.write(
                storage,
                path,
                whole(settings).layout(),
                model(settings),
                fixed,
                new FloatVector(fixed.size()))
            .name();
    RunDirectory run =
        MadeModel.run(
            storage,
            path,
            settings,
            SCHEMA,
            Map.of(),
            factors,
            new TreeMap<>(Map.of("base", base)));
    return MadeModel.of(storage, settings, run);
  }

  private void checkLoss(String name, Settings settings, double expected, FloatVector gradients) {
    Task task = task(settings);
    Ids read = Ids.of(Arrays.copyOf(IDS, IDS.length - 1));
    Ids next = Ids.of(Arrays.copyOfRange(IDS, 1, IDS.length));
    Batch batch =
        new Batch(Map.of(Column.TEXT, read, TokenStream.NEXT, next), 1, IDS.length - 1, false);
    FloatVector model = model(settings);
    BaseWeights base =
        BaseWeights.read(
            task.base(),
            false,
            Device.CPU,
            stores -> {
              for (ParameterLayout.Entry entry : task.base().entries()) {
                float[] values = new float[(int) entry.length()];
                for (int i = 0; i < values.length; i++) {
                  values[i] = model.get(entry.offset() + i);
                }
                stores.get(entry.name()).put(0, values);
              }
            });
    try (StepScope scope = new StepScope();
        Tape tape = new Tape();
        Weights weights =
            Weights.trained(
                task.layout(),
                factors(settings),
                false,
                Device.CPU,
                Products.of(settings.train(), Device.CPU),
                Optional.of(base))) {
      weights.begin();
      Task.Loss loss = task.loss(weights, batch, State.NONE, Pass.training(Dropout.NONE, tape));
      tape.backward(loss.mean());
      weights.gather();
      assertEquals(expected, loss.mean().item_float(), CLOSE, name);
      FloatVector found = FlatTensors.read(weights.flat().gradients());
      double largest = 0;
      for (long i = 0; i < found.length(); i++) {
        largest = Math.max(largest, Math.abs(gradients.get(i)));
      }
      assertTrue(largest > 1e-3, name);
      for (long i = 0; i < found.length(); i++) {
        assertEquals(gradients.get(i), found.get(i), CLOSE * Math.max(1, largest), name + " " + i);
      }
    }
  }

  private static final String CONFIG =
      "{\"peft_type\": \"LORA\", \"r\": 2, \"lora_alpha\": 4, \"bias\": \"none\"%s}";

  private String[] adapter(String config) throws IOException {
    Path folder = Files.createDirectories(directory.resolve("adapter"));
    Files.writeString(folder.resolve("adapter_config.json"), config);
    return new String[] {"lora.from=" + folder, "attention.heads=2", "model.width=8"};
  }

  private void arrays(String... names) {
    List<ArrayContent> arrays = new ArrayList<>();
    for (String name : names) {
      boolean low = name.endsWith("lora_A.weight");
      List<Long> shape = low ? List.of(2L, 8L) : List.of(name.contains("c_attn") ? 24L : 8L, 2L);
      arrays.add(ArrayContent.of(name, shape, new float[(int) (shape.get(0) * shape.get(1))]));
    }
    SafeTensors.write(
        storage,
        new org.apache.hadoop.fs.Path(directory + "/adapter/adapter_model.safetensors"),
        Map.of(),
        arrays);
  }

  private static String[] each(String module) {
    List<String> names = new ArrayList<>();
    for (int layer = 0; layer < 4; layer++) {
      for (String factor : List.of("A", "B")) {
        names.add(
            "base_model.model.transformer.h.%d.%s.lora_%s.weight".formatted(layer, module, factor));
      }
    }
    return names.toArray(new String[0]);
  }

  @Test
  void settingsAreThoseOfTheAdapters() throws IOException {
    String[] adapter = adapter(CONFIG.formatted(", \"use_rslora\": true"));
    arrays(each("attn.c_attn"));
    Settings settings = settings(adapter);
    assertEquals("[\"qkv\"]", SettingsFile.value(settings, "lora.targets"));
    assertEquals(4 * Math.sqrt(2) / 2, settings.lora().scale(), 1e-12);
    String[] other = Arrays.copyOf(adapter, adapter.length + 1);
    other[adapter.length] = "lora.rank=3";
    SettingsException refused = assertThrows(SettingsException.class, () -> settings(other));
    assertTrue(refused.getMessage().contains("lora.rank is 3, expected 2"), refused.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        ", \"use_dora\": true | has use_dora true, expected null or false",
        ", \"rank_pattern\": {\"c_fc\": 4} | has rank_pattern",
        ", \"modules_to_save\": [\"wte\"] | has modules_to_save",
        ", \"init_lora_weights\": \"pissa_niter_4\" | has init_lora_weights",
        ", \"layers_to_transform\": [0] | has layers_to_transform",
        ", \"r\": 3 | is no JSON",
      })
  void whatIsNotComputedHereIsRefusedByName(String more, String told) throws IOException {
    String[] adapter = adapter(CONFIG.formatted(more));
    arrays(each("attn.c_attn"));
    SettingsException refused = assertThrows(SettingsException.class, () -> settings(adapter));
    assertTrue(refused.getMessage().contains(told), refused.getMessage());
  }

  @Test
  void adaptersOfOtherLayersArePutAside() throws IOException {
    String[] adapter = adapter(CONFIG.formatted(""));
    arrays(Arrays.copyOf(each("attn.c_attn"), 6));
    SettingsException refused = assertThrows(SettingsException.class, () -> settings(adapter));
    assertTrue(refused.getMessage().contains("layer 3 has adapters of []"), refused.getMessage());
    arrays(each("mlp.w1"));
    refused = assertThrows(SettingsException.class, () -> settings(adapter));
    assertTrue(refused.getMessage().contains("no adapter of a linear layer"), refused.getMessage());
    List<String> more = new ArrayList<>(List.of(each("attn.c_attn")));
    more.add("base_model.model.transformer.h.0.attn.c_attn.lora_magnitude_vector");
    arrays(more.toArray(new String[0]));
    Settings settings = settings(adapter);
    refused = assertThrows(SettingsException.class, () -> factors(settings));
    assertTrue(refused.getMessage().contains("it has an array"), refused.getMessage());
  }

  @Test
  void aPickleIsNeverOpened() throws IOException {
    String[] adapter = adapter(CONFIG.formatted(""));
    Files.writeString(directory.resolve("adapter/adapter_model.bin"), "anything");
    SettingsException refused = assertThrows(SettingsException.class, () -> settings(adapter));
    assertTrue(refused.getMessage().contains("a pickle, which can run any code"));
  }
}
