package io.chorale.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtException;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.io.Checksums;
import io.chorale.io.Storage;
import io.chorale.tensor.Engine;
import io.chorale.token.ChatTemplate;
import io.chorale.token.Tokenizer;
import io.chorale.token.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** ONNX Runtime computes with an exported file what Chorale computes. */
class OnnxModelTest {
  private static final List<String> GPT =
      List.of("attention.positions=learned", "attention.norm=layer", "attention.activation=gelu");
  private static final List<String> SINUSOIDAL =
      List.of("attention.positions=sinusoidal", "attention.bias=true");

  @TempDir Path directory;

  private final Storage storage = new Storage(new Configuration());

  @BeforeAll
  static void start() {
    Engine.start();
  }

  static Stream<List<String>> models() {
    return Stream.of(
        HubModels.LAYOUTS.get("llama"),
        GPT,
        SINUSOIDAL,
        HubModels.PUBLISHED.get("smollm2"),
        HubModels.PUBLISHED.get("llama3"),
        HubModels.PUBLISHED.get("qwen3"),
        HubModels.PUBLISHED.get("gpt2-tanh"),
        List.of("model.kind=lstm", "recurrence.embedding=7", "model.tied-head=false"),
        List.of("model.kind=gru"),
        List.of("model.kind=rnn"),
        List.of("model.kind=rnn", "recurrence.nonlinearity=relu"),
        List.of("model.kind=lstm", "recurrence.layer-norm=true"),
        List.of("model.kind=gru", "recurrence.layer-norm=true"),
        List.of("model.kind=rnn", "recurrence.layer-norm=true"));
  }

  /** What stands before a text, and how answers are asked for and end. */
  @Test
  void whoeverRunsAGraphIsToldHowTextsBeginAndEnd() throws OrtException {
    HubModels.Made begun = HubModels.beginning(storage, directory.resolve("begun"), true);
    try (OnnxCalls graph = new OnnxCalls(write(begun.model(), ExportOptions.SHARD_BYTES))) {
      assertEquals("300", graph.metadata().get("begin"));
      assertFalse(graph.metadata().containsKey("ends"));
    }
    Settings settings =
        MadeModel.settings("tokenizer.kind=bpe", "tokenizer.vocabulary=300", "model.kind=gru");
    String template = "{% for m in messages %}{{ m.content + '<end>' }}{% endfor %}";
    Map<String, byte[]> files = MadeModel.tokenizers(settings);
    files.computeIfPresent(
        Dataset.TOKENIZER,
        (file, json) ->
            Tokenizers.withChat(
                json, new ChatTemplate(template, Map.of(), ""), List.of("<end>"), "made"));
    ExportedModel answering =
        MadeModel.of(
            storage,
            new org.apache.hadoop.fs.Path(directory + "/answering"),
            settings,
            MadeModel.answering(MadeModel.schema(settings, files)),
            files);
    try (OnnxCalls graph = new OnnxCalls(write(answering, ExportOptions.SHARD_BYTES))) {
      assertEquals(template, graph.metadata().get("chat_template"));
      assertEquals("0 300", graph.metadata().get("ends"));
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void aLanguageModelScoresWhatComesNext(List<String> settings) throws OrtException {
    HubModels.Made made = made(settings, "tokenizer.kind=characters", "tokenizer.vocabulary=45");
    Tokenizer tokenizer = made.model().trained().tokenizer(Column.TEXT).orElseThrow();
    try (OnnxCalls graph = new OnnxCalls(write(made.model(), ExportOptions.SHARD_BYTES))) {
      for (String text : MadeModel.TEXTS) {
        int[] ids = HubModels.read(tokenizer.encode(text));
        float[][] found = scores(graph.call(ids(ids)));
        for (int length : new int[] {1, (ids.length + 1) / 2, ids.length}) {
          OnnxCalls.close(made.logits(Arrays.copyOf(ids, length)), found[length - 1], text);
        }
        boolean carries = settings.toString().contains("model.kind");
        assertEquals(carries, graph.inputs().size() > 1);
        if (carries && ids.length > 1) {
          goesOn(graph, made, List.of(Arrays.copyOf(ids, ids.length - 1), end(ids)));
        }
      }
    }
  }

  private static int[] end(int[] ids) {
    return new int[] {ids[ids.length - 1]};
  }

  @ParameterizedTest
  @MethodSource("transformers")
  void aTransformerGoesOnFromWhatItHasRead(List<String> settings) throws OrtException {
    HubModels.Made made = made(settings, "tokenizer.kind=characters", "tokenizer.vocabulary=45");
    Path file = directory.resolve("past.onnx");
    ExportFormat.ONNX.write(
        storage,
        new org.apache.hadoop.fs.Path(file.toString()),
        new ExportOptions(
            false, NumberType.FLOAT32, ExportOptions.SHARD_BYTES, ExportOptions.Operators.V23),
        made.model());
    try (OnnxCalls graph = new OnnxCalls(file)) {
      goesOn(graph, made, List.of(new int[] {5, 1, 7, 7}, new int[] {3}, new int[] {9, 2, 30}));
    }
  }

  static Stream<List<String>> transformers() {
    return models().limit(7);
  }

  /** Parts of a text that are read one after the other end as the text does. */
  private static void goesOn(OnnxCalls graph, HubModels.Made made, List<int[]> parts)
      throws OrtException {
    Map<String, Object> left = Map.of();
    int[] all = {};
    for (int[] part : parts) {
      all = IntStream.concat(Arrays.stream(all), Arrays.stream(part)).toArray();
      Map<String, Object> given = new HashMap<>(left);
      given.putAll(ids(part));
      Map<String, Object> found = graph.call(given);
      OnnxCalls.close(made.logits(all), scores(found)[part.length - 1], Arrays.toString(all));
      left = OnnxCalls.left(found);
      assertEquals("logits", found.keySet().iterator().next());
      assertEquals(graph.inputs().size() - 1, left.size());
    }
  }

  private static Map<String, Object> ids(int[] ids) {
    return Map.of("ids", OnnxCalls.padded(List.of(ids)));
  }

  /** The scores after each id. */
  private static float[][] scores(Map<String, Object> found) {
    return ((float[][][]) found.get("logits"))[0];
  }

  @Test
  void largeParametersLieBesideTheFile() throws Exception {
    HubModels.Made made = made(GPT, "tokenizer.kind=characters", "tokenizer.vocabulary=45");
    Path whole = write(made.model(), ExportOptions.SHARD_BYTES);
    long bytes = Files.size(whole);
    assertEquals(0, dataFiles());
    Path cut = write(made.model(), 100);
    assertTrue(Files.size(cut) < bytes / 2);
    assertEquals(1, dataFiles());
    // Its name says what is in it: what is there under that name is never other bytes.
    try (Stream<Path> files = Files.list(directory)) {
      Path data = files.filter(file -> file.toString().endsWith(".data")).findAny().orElseThrow();
      assertEquals(
          "%s.%s.data".formatted(cut.getFileName(), Checksums.crc32c(Files.readAllBytes(data))),
          data.getFileName().toString());
    }
    try (OnnxCalls graph = new OnnxCalls(cut)) {
      int[] ids = {1, 2, 3};
      OnnxCalls.close(made.logits(ids), scores(graph.call(ids(ids)))[2], "of two files");
    }
    write(made.model(), ExportOptions.SHARD_BYTES);
    assertEquals(0, dataFiles(), "nobody reads it any more");
  }

  private long dataFiles() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".data")).count();
    }
  }

  @Test
  void parametersOfAnotherTypeAreRefused() {
    HubModels.Made made = made(GPT, "tokenizer.kind=characters", "tokenizer.vocabulary=45");
    Path file = directory.resolve("model.onnx");
    String told =
        assertThrows(
                SettingsException.class,
                () ->
                    ExportFormat.ONNX.write(
                        storage,
                        new org.apache.hadoop.fs.Path(file.toString()),
                        new ExportOptions(false, NumberType.BFLOAT16, 1 << 20),
                        made.model()))
            .getMessage();
    assertTrue(told.contains("as onnx: --type is bfloat16, expected float32"), told);
    assertFalse(Files.exists(file));
  }

  private HubModels.Made made(List<String> settings, String... more) {
    List<String> all = new ArrayList<>(settings);
    all.addAll(List.of(more));
    return HubModels.made(storage, directory.resolve("run-" + all.hashCode()), all);
  }

  private Path write(ExportedModel model, long shardBytes) {
    Path file = directory.resolve("model.onnx");
    ExportFormat.ONNX.write(
        storage,
        new org.apache.hadoop.fs.Path(file.toString()),
        new ExportOptions(true, NumberType.FLOAT32, shardBytes),
        model);
    return file;
  }
}
