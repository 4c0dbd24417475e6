package io.chorale.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.checkpoint.SourceFolder;
import io.chorale.config.ChoraleException;
import io.chorale.config.RotaryScaling;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.data.Column;
import io.chorale.data.Facts;
import io.chorale.data.Schema;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.model.ParameterLayout;
import io.chorale.task.Task;
import io.chorale.token.ChatTemplate;
import io.chorale.token.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What was exported is read again; a folder that is not what it says is refused. */
class PublishedModelTest {
  private static final String CONFIG = "config.json";
  private static final String WEIGHTS = "model.safetensors";

  @TempDir Path directory;

  private final Storage storage = new Storage(new Configuration());

  static Stream<List<String>> models() {
    List<List<String>> models = new ArrayList<>(HubModels.PUBLISHED.values());
    for (String layout : List.of("llama", "gpt2")) {
      List<String> settings = new ArrayList<>(HubModels.LAYOUTS.get(layout));
      settings.addAll(List.of("attention.bias=true", "model.tied-head=false"));
      models.add(settings);
    }
    return models.stream();
  }

  @ParameterizedTest
  @MethodSource("models")
  void whatWasWrittenIsReadAgain(List<String> settings) {
    for (long shard : new long[] {ExportOptions.SHARD_BYTES, 9_000}) {
      Path folder = directory.resolve("folder-" + shard);
      HubModels.Made made = folder(folder, shard, settings);
      Settings own = made.model().trained().settings();
      Settings read = PublishedModel.settled(storage, asked(folder));
      for (String key : new TreeSet<>(HubShape.KEYS)) {
        if (!key.equals("model.vocabulary")) {
          assertEquals(value(own, key), value(read, key), key);
        }
      }
      assertEquals(made.model().trained().parameters(), open(made, read).parameters());
    }
  }

  /** 0 stands for what follows from the others, which a folder states. */
  private static String value(Settings settings, String key) {
    var heads = settings.attention().heads(settings.model().width());
    return switch (key) {
      case "attention.feed-forward" ->
          Integer.toString(
              settings.attention().feedForward() == 0
                  ? 4 * settings.model().width()
                  : settings.attention().feedForward());
      case "attention.kv-heads" -> Integer.toString(heads.shared());
      case "attention.head-size" -> Integer.toString(heads.size());
      default -> SettingsFile.value(settings, key);
    };
  }

  @Test
  void smallerTypesAreWidened() {
    Path folder = directory.resolve("folder");
    HubModels.Made made = made(HubModels.LAYOUTS.get("llama"));
    FloatVector own = made.model().trained().parameters();
    for (NumberType type : List.of(NumberType.BFLOAT16, NumberType.FLOAT16)) {
      ExportFormat.HF.write(
          storage,
          new org.apache.hadoop.fs.Path(folder.toString()),
          new ExportOptions(true, type, ExportOptions.SHARD_BYTES),
          made.model());
      FloatVector read = open(made, PublishedModel.settled(storage, asked(folder))).parameters();
      double most = type == NumberType.BFLOAT16 ? 0x1p-8 : 0x1p-11;
      for (long i = 0; i < own.length(); i++) {
        assertEquals(own.get(i), read.get(i), most * Math.abs(own.get(i)) + 1e-7);
      }
    }
  }

  /** Of a table of positions the first ones. */
  @Test
  void aShorterContextHasFewerPositions() {
    Path folder = directory.resolve("folder");
    HubModels.Made made = folder(folder, 1 << 20, HubModels.PUBLISHED.get("gpt2-tanh"));
    FloatVector own = made.model().trained().parameters();
    Settings read = PublishedModel.settled(storage, asked(folder, "train.context=10"));
    Task task = Task.of(read, made.model().trained().schema(), "test");
    FloatVector shorter = PublishedModel.open(storage, read, task.layout()).parameters();
    ParameterLayout whole = made.model().trained().task().layout();
    for (String name : List.of("positions.weight", "layers.1.mlp.down.bias")) {
      ParameterLayout.Entry entry = task.layout().entry(name);
      for (long i = 0; i < entry.length(); i++) {
        assertEquals(
            own.get(whole.entry(name).offset() + i), shorter.get(entry.offset() + i), name);
      }
    }
    Settings longer = PublishedModel.settled(storage, asked(folder, "train.context=25"));
    assertRefused(
        "its array transformer.wpe.weight is [24, 12], expected [25, 12]",
        () -> open(made, longer));
  }

  /** Tokens that were added to its tokenizer begin as the mean of the others. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aLargerTokenizerHasFurtherRows(boolean tied) {
    List<String> settings = new ArrayList<>(HubModels.LAYOUTS.get("llama"));
    settings.add("model.tied-head=" + tied);
    HubModels.Made made = made(settings);
    Path folder = directory.resolve("folder");
    write(folder, 1 << 20, made);
    Settings read = PublishedModel.settled(storage, asked(folder));
    Schema schema = new Schema(List.of(Column.ids(Column.TEXT, 303)), Map.of());
    ParameterLayout layout = Task.of(read, schema, "test").layout();
    FloatVector grown = PublishedModel.open(storage, read, layout).parameters();
    FloatVector own = made.model().trained().parameters();
    ParameterLayout before = made.model().trained().task().layout();
    for (ParameterLayout.Entry entry : before.entries()) {
      long from = layout.entry(entry.name()).offset();
      for (long i = 0; i < entry.length(); i++) {
        assertEquals(own.get(entry.offset() + i), grown.get(from + i), entry.name());
      }
    }
    for (String name :
        tied ? List.of("embedding.weight") : List.of("embedding.weight", "head.weight")) {
      long width = before.entry(name).shape()[1];
      double sum = 0;
      for (int row = 0; row < 300; row++) {
        sum += own.get(before.entry(name).offset() + row * width + 5);
      }
      for (int row = 300; row < 303; row++) {
        long at = layout.entry(name).offset() + row * width + 5;
        assertEquals(sum / 300, grown.get(at), 1e-6, name);
      }
    }
  }

  @Test
  void settingsThatSaySomethingElseAreRefused() {
    Path folder = directory.resolve("folder");
    folder(folder, 1 << 20, HubModels.LAYOUTS.get("llama"));
    assertRefused(
        "model.width is 64, expected 12, which its model has. Remove model.width",
        () -> PublishedModel.settled(storage, asked(folder, "model.width=64")));
    Settings read =
        PublishedModel.settled(
            storage, asked(folder, "model.dropout=0.1", "attention.recompute=true"));
    assertEquals(0.1, read.model().dropout());
    assertTrue(read.attention().recompute());
    // The settings that a run has stored can be used again.
    assertEquals(read, PublishedModel.settled(storage, read));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"hidden_size\": 12 | \"hidden_size\": 1073741824 | model.width must be from 1 to",
        "\"hidden_size\": 12 | \"hidden_size\": 24 | \"its array model.",
        "\"hidden_size\": 12 | \"hidden_size\": \"12\" | has hidden_size \"12\", expected a whole",
        "\"hidden_size\": 12 | \"hidden_size\": -12 | expected a whole number from 1 on",
        "\"hidden_size\": 12 | \"hidden_size\": 99999999999 | expected a whole number from 1 on",
        "\"hidden_size\": 12 | \"hidden_size\": 12, \"hidden_size\": 12 | is no JSON",
        "\"num_hidden_layers\": 2 | \"num_hidden_layers\": 3 | it has no array model.layers.2.",
        "\"num_hidden_layers\": 2 | \"num_hidden_layers\": 1 | it has an array model.layers.1.",
        "\"num_hidden_layers\": 2 | \"num_hidden_layers\": 100000 | model.layers must be",
        "\"num_attention_heads\": 2 | \"num_attention_heads\": 0 | expected a whole number from 1",
        "\"num_key_value_heads\": 2 | \"num_key_value_heads\": 7 | attention.kv-heads must be",
        "\"vocab_size\": 300 | \"vocab_size\": 16777216 | its array model.embed_tokens.weight is",
        "\"vocab_size\": 300 | \"vocab_size\": 2000000000 | expected at most",
        "\"rms_norm_eps\": 1.0E-5 | \"rms_norm_eps\": 1e999 | attention.norm-epsilon must be",
        "\"model_type\": \"llama\" | \"model_type\": \"evil\" | its model_type is evil, expected one",
        "\"model_type\": \"llama\" | \"model_type\": \"llama\", \"auto_map\": {} | the key auto_map",
        "\"hidden_act\": \"silu\" | \"hidden_act\": \"relu\" | expected silu",
        "\"rope_type\": \"default\" | \"rope_type\": \"yarn\" | expected the type default",
        "\"rope_type\": \"default\" | \"full_attention\": {\"rope_theta\": 5.0} | has rope_parameters",
        "\"rope_type\": \"default\" | \"attention_factor\": 2.0 | has rope_parameters",
        "\"rope_theta\": 10000.0 | \"rope_theta\": \"10000\" | a number",
        "\"mlp_bias\": false | \"mlp_bias\": false, \"rope_scaling\": [1] | has rope_scaling [1]",
        "\"mlp_bias\": false | \"mlp_bias\": false, \"layer_types\": [\"x\"] | expected full_attention",
        "\"mlp_bias\": false | \"use_sliding_window\": true | has use_sliding_window true, expected false",
        "\"mlp_bias\": false | \"quantization_config\": {\"bits\": 4} | the key quantization_config",
      })
  void aConfigThatIsAnotherModelsIsRefused(String from, String to, String told) throws IOException {
    Path folder = directory.resolve("folder");
    HubModels.Made made = folder(folder, 1 << 20, HubModels.LAYOUTS.get("llama"));
    Path file = folder.resolve(CONFIG);
    String config = Files.readString(file).replaceAll(" *: *", ": ");
    assertTrue(config.contains(from), config);
    Files.writeString(file, config.replace(from, to));
    assertRefused(
        told.replaceFirst("^\"", ""),
        () -> open(made, PublishedModel.settled(storage, asked(folder))));
  }

  /** As transformers has it, which writes one of them and reads the older one first. */
  @Test
  void theOlderOfTwoScalingsCounts() throws IOException {
    Path folder = directory.resolve("folder");
    folder(folder, 1 << 20, HubModels.LAYOUTS.get("llama"));
    Path file = folder.resolve(CONFIG);
    String config = Files.readString(file).replaceAll(" *: *", ": ");
    Files.writeString(
        file,
        config.replace(
            "\"mlp_bias\": false",
            "\"mlp_bias\": false, \"rope_scaling\": {\"type\": \"linear\", \"factor\": 4}"));
    Settings read = PublishedModel.settled(storage, asked(folder));
    assertEquals(4, read.attention().scaling().factor());
    Files.writeString(
        file, config.replace("\"mlp_bias\": false", "\"mlp_bias\": false, \"rope_scaling\": {}"));
    assertEquals(
        RotaryScaling.NONE, PublishedModel.settled(storage, asked(folder)).attention().scaling());
  }

  /** transformers gives such a model a head of its own, whatever its config.json says. */
  @Test
  void aTiedHeadWithOtherNumbersIsRefused() throws IOException {
    List<String> untied = new ArrayList<>(HubModels.LAYOUTS.get("llama"));
    untied.add("model.tied-head=false");
    HubModels.Made made = made(untied);
    FloatVector own = made.model().trained().parameters();
    ParameterLayout layout = made.model().trained().task().layout();
    long embedding = layout.entry("embedding.weight").offset();
    long head = layout.entry("head.weight").offset();
    long length = layout.entry("head.weight").length();
    for (long shard : new long[] {1 << 20, 9_000}) {
      for (boolean same : new boolean[] {true, false}) {
        for (long i = 0; i < length; i++) {
          own.set(head + i, own.get(embedding + i));
        }
        own.set(head + length - 1, same ? own.get(embedding + length - 1) : 7);
        Path folder = directory.resolve("folder-%d-%s".formatted(shard, same));
        write(folder, shard, made);
        Path file = folder.resolve(CONFIG);
        String config = Files.readString(file).replaceAll(" *: *", ": ");
        Files.writeString(
            file,
            config.replace("\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true"));
        PublishedModel model = open(made, PublishedModel.settled(storage, asked(folder)));
        if (same) {
          assertEquals(own.get(embedding + 5), model.parameters().get(embedding + 5));
        } else {
          assertRefused("its embedding and its head differ", model::parameters);
        }
      }
    }
  }

  @Test
  void deepConfigsAreRefused() throws IOException {
    Path folder = directory.resolve("folder");
    folder(folder, 1 << 20, HubModels.LAYOUTS.get("llama"));
    Files.writeString(folder.resolve(CONFIG), "[".repeat(500_000));
    assertRefused("is no JSON", () -> PublishedModel.settled(storage, asked(folder)));
    Files.write(folder.resolve(CONFIG), new byte[(1 << 20) + 1]);
    assertThrows(ChoraleException.class, () -> PublishedModel.settled(storage, asked(folder)));
    Files.delete(folder.resolve(CONFIG));
    assertRefused("it holds no config.json", () -> PublishedModel.settled(storage, asked(folder)));
    assertRefused(
        "expected a folder with a published model",
        () -> PublishedModel.settled(storage, asked(directory.resolve("gpt2"))));
  }

  @Test
  void filesThatAreNotThereOrElsewhereAreRefused() throws IOException {
    Path folder = directory.resolve("folder");
    HubModels.Made made = folder(folder, 9_000, HubModels.LAYOUTS.get("llama"));
    Settings read = PublishedModel.settled(storage, asked(folder));
    Path index = folder.resolve(WEIGHTS + ".index.json");
    String whole = Files.readString(index);
    String file = "model-00002-of-";
    for (String other :
        List.of("../model", "/etc/passwd", "model.safetensors.index.json", "a/b.safetensors")) {
      Files.writeString(index, whole.replaceFirst("model-00002-of-[0-9]{5}\\.safetensors", other));
      assertRefused("expected safetensors files of the folder", () -> open(made, read));
    }
    Files.writeString(index, "{}");
    assertRefused("names 0 files", () -> open(made, read));
    Files.writeString(index, whole);
    Path second = only(folder, file);
    byte[] bytes = Files.readAllBytes(second);
    Files.delete(second);
    assertRefused("it lacks the file " + file, () -> open(made, read));
    Files.createSymbolicLink(second, second);
    assertThrows(ChoraleException.class, () -> open(made, read));
    Files.delete(second);
    Files.write(second, java.util.Arrays.copyOf(bytes, bytes.length - 4));
    assertThrows(ChoraleException.class, () -> open(made, read));
    Files.copy(
        only(folder, "model-00001-of-"), second, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertRefused("is in two files", () -> open(made, read));
    Files.write(second, bytes);
    assertEquals(made.model().trained().parameters(), open(made, read).parameters());
  }

  private static Path only(Path folder, String prefix) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(found -> found.getFileName().toString().startsWith(prefix))
          .findFirst()
          .orElseThrow();
    }
  }

  @Test
  void picklesAreNeverRead() throws IOException {
    Path folder = directory.resolve("folder");
    HubModels.Made made = folder(folder, 1 << 20, HubModels.LAYOUTS.get("llama"));
    Settings read = PublishedModel.settled(storage, asked(folder));
    Files.delete(folder.resolve(WEIGHTS));
    assertRefused("it holds no model.safetensors", () -> open(made, read));
    for (String pickle : List.of("pytorch_model.bin", "consolidated.00.pth", "model.pt")) {
      Files.write(folder.resolve(pickle), new byte[] {(byte) 0x80, 2, '.'});
      assertRefused(
          "it has its parameters in %s, a pickle".formatted(pickle), () -> open(made, read));
      Files.delete(folder.resolve(pickle));
    }
  }

  /** Of a folder that was begun from, a run keeps what an export gives back. */
  @Test
  void whatOthersHaveSaidOfTheirTokensIsKept() throws IOException {
    Path folder = directory.resolve("folder");
    HubModels.Made made = folder(folder, 1 << 20, HubModels.LAYOUTS.get("llama"));
    Files.writeString(folder.resolve("chat_template.jinja"), "{{ messages }}");
    Files.writeString(folder.resolve("generation_config.json"), "{\"temperature\": 0.6}");
    String config = Files.readString(folder.resolve(CONFIG));
    Files.writeString(
        folder.resolve(CONFIG),
        config
            .replaceFirst("\"bos_token_id\"\\s*:\\s*0", "\"bos_token_id\": 5")
            .replaceFirst("\"eos_token_id\"\\s*:\\s*0", "\"eos_token_id\": [0, 7]")
            .replaceFirst("(\"max_position_embeddings\"\\s*:\\s*)24", "$1 4096"));
    Settings read = PublishedModel.settled(storage, asked(folder));
    PublishedModel model = open(made, read);
    var files = new java.util.TreeMap<>(model.files());
    files.put(SourceFolder.TOKENIZER, Files.readAllBytes(folder.resolve("tokenizer.json")));
    FloatVector parameters = model.parameters();
    Path output = exported("out", made, read, files, parameters);
    for (String file : List.of("chat_template.jinja", "generation_config.json", WEIGHTS)) {
      assertArrayEquals(
          Files.readAllBytes(folder.resolve(file)), Files.readAllBytes(output.resolve(file)), file);
    }
    String written = Files.readString(output.resolve(CONFIG)).replaceAll("\\s", "");
    assertTrue(written.contains("\"bos_token_id\":5,\"eos_token_id\":[0,7]"), written);
    assertTrue(written.contains("\"max_position_embeddings\":4096"), written);

    // What has learned a template of its own gives that, and what belongs to it.
    ChatTemplate own = new ChatTemplate("{{ messages[0].content }}", Map.of(), "");
    byte[] tokenizer = files.get(SourceFolder.TOKENIZER);
    files.put(SourceFolder.TOKENIZER, Tokenizers.withChat(tokenizer, own, List.of(), "made"));
    Path chat = exported("chat", made, read, files, parameters);
    assertEquals(own.source(), Files.readString(chat.resolve("chat_template.jinja")));
    String settings = Files.readString(chat.resolve("tokenizer_config.json"));
    assertTrue(settings.contains(own.source()), settings);
    String generation = Files.readString(chat.resolve("generation_config.json"));
    assertFalse(generation.contains("temperature"), generation);
    for (String file : List.of(CONFIG, "generation_config.json")) {
      String said = Files.readString(chat.resolve(file)).replaceAll("\\s", "");
      assertTrue(said.contains("\"bos_token_id\":0,\"eos_token_id\":0,"), said);
    }
  }

  /** Where a training has its own, what a folder says of its tokens is not the model's. */
  @Test
  void theTokenThatEndsATextMayBeAnother() throws IOException {
    Path folder = directory.resolve("folder");
    HubModels.Made made = folder(folder, 1 << 20, HubModels.LAYOUTS.get("llama"));
    Files.writeString(folder.resolve("chat_template.jinja"), "{{ messages }}");
    Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": 7}");
    String config = Files.readString(folder.resolve(CONFIG));
    Files.writeString(
        folder.resolve(CONFIG),
        config.replaceFirst("\"eos_token_id\"\\s*:\\s*0", "\"eos_token_id\": 7"));
    Settings read = PublishedModel.settled(storage, asked(folder));
    PublishedModel model = open(made, read);
    var files = new java.util.TreeMap<>(model.files());
    files.put(SourceFolder.TOKENIZER, Files.readAllBytes(folder.resolve("tokenizer.json")));
    Path output = exported("out", made, read, files, model.parameters());
    for (String file : List.of(CONFIG, "generation_config.json")) {
      String written = Files.readString(output.resolve(file)).replaceAll("\\s", "");
      assertTrue(written.contains("\"eos_token_id\":0,"), written);
    }
    assertEquals("{{ messages }}", Files.readString(output.resolve("chat_template.jinja")));
  }

  private Path exported(
      String name,
      HubModels.Made made,
      Settings settings,
      Map<String, byte[]> files,
      FloatVector parameters) {
    String fingerprint = Tokenizers.fingerprint(files.get(SourceFolder.TOKENIZER));
    Schema schema =
        new Schema(
            made.model().trained().schema().columns(),
            Map.of(Column.TEXT, Facts.tokenizer(fingerprint)));
    ExportedModel run =
        MadeModel.of(
            storage,
            settings,
            MadeModel.run(
                storage,
                new org.apache.hadoop.fs.Path(directory + "/run-of-" + name),
                settings,
                schema,
                files,
                parameters));
    Path output = directory.resolve(name);
    ExportFormat.HF.write(
        storage, new org.apache.hadoop.fs.Path(output.toString()), ExportOptions.of(false), run);
    return output;
  }

  private PublishedModel open(HubModels.Made made, Settings settings) {
    Task task = Task.of(settings, made.model().trained().schema(), "test");
    return PublishedModel.open(storage, settings, task.layout());
  }

  private static void assertRefused(String told, org.junit.jupiter.api.function.Executable run) {
    String message = assertThrows(SettingsException.class, run).getMessage();
    assertTrue(message.contains(told), message);
  }

  private static Settings asked(Path folder, String... more) {
    List<String> all = new ArrayList<>(List.of("model.from=" + folder, "train.context=24"));
    all.addAll(List.of(more));
    return SettingsFile.with(SettingsFile.defaults(), all);
  }

  private HubModels.Made made(List<String> settings) {
    List<String> all = new ArrayList<>(settings);
    all.addAll(HubModels.BYTE_PAIRS);
    return HubModels.made(storage, directory.resolve("run-" + settings.hashCode()), all);
  }

  private HubModels.Made folder(Path folder, long shard, List<String> settings) {
    HubModels.Made made = made(settings);
    write(folder, shard, made);
    return made;
  }

  private void write(Path folder, long shard, HubModels.Made made) {
    ExportFormat.HF.write(
        storage,
        new org.apache.hadoop.fs.Path(folder.toString()),
        new ExportOptions(false, NumberType.FLOAT32, shard),
        made.model());
  }
}
