package io.chorale.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import de.kherud.llama.InferenceParameters;
import de.kherud.llama.LlamaModel;
import de.kherud.llama.LlamaOutput;
import de.kherud.llama.ModelParameters;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.io.Storage;
import io.chorale.token.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** llama.cpp cuts texts and goes on with them as Chorale does. */
class GgufModelTest {
  private static final int TOKENS = 8;
  private static final char REPLACED = '\ufffd';

  private static final List<String> PROMPTS =
      List.of("the cat", "mat and", "a long text", "on the mat", "dog's", "that was", "1", "Q: ");

  @TempDir Path directory;

  private final Storage storage = new Storage(new Configuration());

  static Stream<Arguments> models() {
    return Stream.of(
        Arguments.of("llama", false, "gpt2"),
        Arguments.of("llama", true, "llama3"),
        Arguments.of("gpt2", true, "qwen2"),
        Arguments.of("gpt_neox", true, "gpt2"),
        Arguments.of("gpt_neox", false, "qwen2"));
  }

  @ParameterizedTest
  @MethodSource("models")
  void aFileIsReadAsItWasMeant(String layout, boolean whole, String pattern) throws IOException {
    isReadAsItWasMeant(
        made(
            layout,
            "attention.bias=" + whole,
            "model.tied-head=" + !whole,
            "tokenizer.pattern=" + pattern));
  }

  @ParameterizedTest
  @ValueSource(strings = {"smollm2", "llama3", "qwen2", "gpt2-tanh"})
  void soIsAPublishedModel(String layout) throws IOException {
    isReadAsItWasMeant(made(layout, "tokenizer.pattern=gpt2"));
  }

  /**
   * As the tokenizer.json of published models have it, also with tokens that are no control tokens.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gpt2 | false | null | {\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Digits\","
            + " \"individual_digits\": true}, {\"type\": \"ByteLevel\", \"add_prefix_space\": false,"
            + " \"trim_offsets\": true, \"use_regex\": true}]}",
        "gpt2 | true | null | {\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Digits\","
            + " \"individual_digits\": true}, {\"type\": \"ByteLevel\", \"add_prefix_space\": false,"
            + " \"trim_offsets\": true, \"use_regex\": true}]}",
        "qwen2 | true | {\"type\": \"NFC\"} | ",
      })
  void soIsAPublishedTokenizer(
      String pattern, boolean whole, String normalizer, String preTokenizer) throws IOException {
    List<String> overrides = new ArrayList<>(HubModels.LAYOUTS.get("llama"));
    overrides.addAll(HubModels.BYTE_PAIRS);
    overrides.add("tokenizer.pattern=" + pattern);
    Settings settings = MadeModel.settings(overrides.toArray(String[]::new));
    JsonMapper json = JsonMapper.builder().build();
    ObjectNode tokenizer = (ObjectNode) json.readTree(MadeModel.tokenizer(settings));
    tokenizer.set("normalizer", json.readTree(normalizer));
    if (preTokenizer != null) {
      tokenizer.set("pre_tokenizer", json.readTree(preTokenizer));
    }
    if (whole) {
      ObjectNode tool = tokenizer.withArray("added_tokens").addObject();
      tool.put("id", 300).put("content", "<the tool>").put("special", false);
      tool.put("single_word", false).put("lstrip", false).put("rstrip", false);
      tool.put("normalized", false);
    }
    HubModels.Made made =
        HubModels.made(
            storage,
            directory.resolve("published"),
            settings,
            Map.of(Dataset.TOKENIZER, json.writeValueAsBytes(tokenizer)));
    isReadAsItWasMeant(made);
    Tokenizer ours = made.model().trained().tokenizer(Column.TEXT).orElseThrow();
    assertEquals(whole ? 301 : 300, ours.vocabularySize());
  }

  /** Readers merge pieces, or take them at once where they are entries, by the name of the cut. */
  @ParameterizedTest
  @CsvSource({
    "gpt2, true, true",
    "gpt2, false, false",
    "llama3, true, false",
    "llama3, false, true"
  })
  void anEntryThatMergesDoNotReachIsRefused(String pattern, boolean ignores, boolean refused)
      throws IOException {
    Settings settings =
        MadeModel.settings(
            "attention.positions=rotary",
            "attention.norm=rms",
            "attention.activation=swiglu",
            "tokenizer.kind=bpe",
            "tokenizer.vocabulary=300",
            "tokenizer.pattern=" + pattern);
    JsonMapper json = JsonMapper.builder().build();
    ObjectNode tokenizer = (ObjectNode) json.readTree(MadeModel.tokenizer(settings));
    tokenizer.withObject("/model").put("ignore_merges", ignores);
    ArrayNode merges = tokenizer.withObject("/model").withArray("merges");
    Path run = directory.resolve("whole");
    Map<String, byte[]> files = Map.of(Dataset.TOKENIZER, json.writeValueAsBytes(tokenizer));
    write(HubModels.made(storage, run, settings, files), NumberType.FLOAT32);
    merges.remove(0);
    Map<String, byte[]> fewer = Map.of(Dataset.TOKENIZER, json.writeValueAsBytes(tokenizer));
    HubModels.Made made = HubModels.made(storage, directory.resolve("fewer"), settings, fewer);
    if (refused) {
      String told =
          assertThrows(SettingsException.class, () -> write(made, NumberType.FLOAT32)).getMessage();
      assertTrue(told.contains("is never reached by merges"), told);
    } else {
      write(made, NumberType.FLOAT32);
    }
  }

  /** Where a published model's tokenizer puts one before a text, as llama.cpp does then. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void soIsATokenBeforeTexts(boolean published) throws IOException {
    HubModels.Made made = HubModels.beginning(storage, directory.resolve("run"), published);
    assertEquals(published ? 1 : 0, made.model().trained().begin().length);
    isReadAsItWasMeant(made);
  }

  private void isReadAsItWasMeant(HubModels.Made made) throws IOException {
    Path file = write(made, NumberType.FLOAT32);
    Tokenizer tokenizer = made.model().trained().tokenizer(Column.TEXT).orElseThrow();
    ModelParameters parameters =
        new ModelParameters()
            .setModel(file.toString())
            .setCtxSize(64)
            .setThreads(1)
            .setGpuLayers(0)
            .skipWarmup()
            .disableLog();
    try (LlamaModel model = new LlamaModel(parameters)) {
      List<String> texts = new ArrayList<>(MadeModel.TEXTS);
      texts.add("the cat <the tool> sat 1234 on");
      for (String text : texts) {
        if (!text.contains("<|")) { // There a text that spells a control token gives it.
          assertArrayEquals(tokenizer.encode(text), model.encode(text), text);
        }
      }
      int tried = 0;
      for (String prompt : PROMPTS) {
        String ours = continued(made, tokenizer, prompt);
        // Bytes that are no text are told otherwise there.
        String text = ours.indexOf(REPLACED) < 0 ? ours : ours.substring(0, ours.indexOf(REPLACED));
        String theirs = continued(model, prompt);
        assertTrue(theirs.startsWith(text), "%s: %s, %s".formatted(prompt, ours, theirs));
        tried += text.length();
      }
      assertTrue(tried >= 4, "%d characters".formatted(tried));
    }
  }

  private static String continued(LlamaModel model, String prompt) {
    InferenceParameters parameters =
        new InferenceParameters(prompt)
            .setTemperature(0)
            .setNPredict(TOKENS)
            .setRepeatPenalty(1)
            .setCachePrompt(false);
    StringBuilder text = new StringBuilder();
    for (LlamaOutput output : model.generate(parameters)) {
      text.append(output);
    }
    return text.toString();
  }

  private static String continued(HubModels.Made made, Tokenizer tokenizer, String prompt) {
    List<Integer> ids = new ArrayList<>();
    int[] read = made.ids(prompt);
    for (int i = 0; i < TOKENS; i++) {
      float[] scores = made.logits(read);
      int best = 0;
      for (int id = 1; id < scores.length; id++) {
        best = scores[id] > scores[best] ? id : best;
      }
      if (best == tokenizer.endOfText()) {
        break;
      }
      ids.add(best);
      read = Arrays.copyOf(read, read.length + 1);
      read[read.length - 1] = best;
    }
    return tokenizer.decode(ids.stream().mapToInt(Integer::intValue).toArray());
  }

  @Test
  void whatReadersDoNotKnowIsRefused() {
    assertRefused("its tokenizer.kind is another one", "tokenizer.kind=characters");
    assertRefused(
        "its tokenizer.pattern is a regular expression of its own",
        "tokenizer.pattern=\\p{L}+|\\p{N}|[^\\p{L}\\p{N}]+");
    assertRefused(
        "its attention.positions is sinusoidal",
        "attention.positions=sinusoidal",
        "attention.activation=gelu");
    assertRefused("its model.kind is lstm", "model.kind=lstm");
    assertRefused("its task.kind is masked-language-model", "task.kind=masked-language-model");
  }

  @Test
  void smallerTypesAreRounded() throws IOException {
    HubModels.Made made = made("llama");
    long whole = Files.size(write(made, NumberType.FLOAT32));
    Path halves = write(made, NumberType.BFLOAT16);
    assertTrue(Files.size(halves) < 0.75 * whole, "%d of %d".formatted(Files.size(halves), whole));
    assertArrayEquals(
        Files.readAllBytes(halves), Files.readAllBytes(write(made, NumberType.BFLOAT16)));
    assertEquals("GGUF", new String(Files.readAllBytes(halves), 0, 4));
  }

  @Test
  void whatWouldBeInfiniteIsRefused() throws IOException {
    HubModels.Made made = made("llama");
    made.model().trained().parameters().set(7, -65_505);
    String told =
        assertThrows(SettingsException.class, () -> write(made, NumberType.FLOAT16)).getMessage();
    assertTrue(told.contains("its parameter -65505.0 is too large"), told);
    assertFalse(Files.exists(directory.resolve("model.gguf")));
    assertTrue(Files.size(write(made, NumberType.BFLOAT16)) > 0);
  }

  @Test
  void whatIsThereIsNotWrittenOverUnasked() throws IOException {
    Path notes = directory.resolve("notes.txt");
    Files.writeString(notes, "mine");
    HubModels.Made made = made("llama");
    String told =
        assertThrows(
                SettingsException.class,
                () ->
                    ExportFormat.GGUF.write(
                        storage,
                        new org.apache.hadoop.fs.Path(notes.toString()),
                        ExportOptions.of(false),
                        made.model()))
            .getMessage();
    assertTrue(told.contains("it exists, expected a new path"), told);
    assertEquals("mine", Files.readString(notes));
  }

  private void assertRefused(String found, String... overrides) {
    HubModels.Made made = made("llama", overrides);
    String told =
        assertThrows(SettingsException.class, () -> write(made, NumberType.FLOAT32)).getMessage();
    assertTrue(told.contains(found), told);
    assertFalse(Files.exists(directory.resolve("model.gguf")));
  }

  private HubModels.Made made(String layout, String... overrides) {
    return HubModels.made(storage, directory, layout, overrides);
  }

  private Path write(HubModels.Made made, NumberType type) {
    Path file = directory.resolve("model.gguf");
    ExportFormat.GGUF.write(
        storage,
        new org.apache.hadoop.fs.Path(file.toString()),
        new ExportOptions(true, type, ExportOptions.SHARD_BYTES),
        made.model());
    return file;
  }
}
