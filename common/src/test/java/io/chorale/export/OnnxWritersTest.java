package io.chorale.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.data.Column;
import io.chorale.data.Ids;
import io.chorale.data.Numbers;
import io.chorale.data.Schema;
import io.chorale.data.Values;
import io.chorale.export.ExportOptions.Operators;
import io.chorale.generate.ConditionedNextToken;
import io.chorale.generate.SourceModel;
import io.chorale.io.Storage;
import io.chorale.model.State;
import io.chorale.task.TargetTask;
import io.chorale.tensor.Engine;
import io.chorale.tensor.StepScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** ONNX Runtime writes texts for sources, with exported files, as Chorale does. */
class OnnxWritersTest {
  private static final int LENGTH = 7;

  /** How a target is cut that is read part by part. */
  private static final int[] PARTS = {1, 1, 3, 2};

  @TempDir Path directory;

  private final Storage storage = new Storage(new Configuration());

  @BeforeAll
  static void start() {
    Engine.start();
  }

  static List<List<String>> backbones() {
    return List.of(
        HubModels.LAYOUTS.get("llama"),
        HubModels.LAYOUTS.get("gpt2"),
        HubModels.PUBLISHED.get("qwen3"),
        List.of("attention.positions=sinusoidal", "attention.bias=true", "model.tied-head=false"),
        List.of("model.kind=lstm", "recurrence.embedding=7", "model.tied-head=false"),
        List.of("model.kind=gru"),
        List.of("model.kind=lstm", "recurrence.layer-norm=true"),
        List.of("model.kind=gru", "recurrence.layer-norm=true"),
        List.of("model.kind=rnn", "recurrence.nonlinearity=relu"));
  }

  static Stream<List<String>> ofVectors() {
    return OnnxCalls.each(backbones(), List.of(List.of("task.kind=from-vector"))).stream();
  }

  static Stream<List<String>> ofTexts() {
    List<List<String>> tasks =
        List.of(
            List.of("task.kind=translation"),
            List.of("task.kind=translation", "tokenizer.target=separate"));
    return OnnxCalls.each(backbones(), tasks).stream();
  }

  private ExportedModel made(List<String> overrides) {
    List<String> all = new ArrayList<>(overrides);
    all.addAll(List.of("tokenizer.kind=characters", "tokenizer.vocabulary=45"));
    Settings settings = MadeModel.settings(all.toArray(String[]::new));
    Map<String, byte[]> tokenizers = MadeModel.tokenizers(settings);
    Schema schema = MadeModel.schema(settings, tokenizers);
    return MadeModel.of(storage, at("run"), settings, schema, tokenizers);
  }

  private org.apache.hadoop.fs.Path at(String name) {
    return new org.apache.hadoop.fs.Path(directory.resolve(name).toString());
  }

  private Path write(ExportedModel model, String name, Operators operators) {
    ExportFormat.ONNX.write(
        storage, at(name), new ExportOptions(true, NumberType.FLOAT32, 3_000, operators), model);
    return directory.resolve(name);
  }

  /** Targets of three sources, which begin as all do. */
  private static int[][] targets(ExportedModel model) {
    int begin = model.trained().schema().column(Column.TARGET).size();
    int[][] targets = new int[3][LENGTH];
    for (int row = 0; row < targets.length; row++) {
      for (int i = 0; i < LENGTH; i++) {
        targets[row][i] = i == 0 ? begin : (5 * row + 3 * i) % begin;
      }
    }
    return targets;
  }

  /** Chorale's scores of what comes after each id of targets [T, B, V + 1]. */
  private static float[][][] expected(ExportedModel model, Values sources, int[][] targets) {
    TargetTask task = (TargetTask) model.trained().task();
    int[] rows = IntStream.range(0, targets.length).toArray();
    float[][][] scores = new float[LENGTH][targets.length][];
    try (NoGradGuard guard = new NoGradGuard();
        StepScope scope = new StepScope();
        SourceModel writer = task.writer(model.trained().parameters());
        ConditionedNextToken reader = writer.of(sources)) {
      for (int length = 1; length <= LENGTH; length++) {
        int end = length;
        int[] ids =
            Arrays.stream(targets).flatMapToInt(row -> Arrays.stream(row, 0, end)).toArray();
        Tensor logits = reader.read(ids, rows, State.NONE).logits();
        float[] flat = new float[Math.toIntExact(logits.numel())];
        logits.contiguous().data_ptr_float().get(flat);
        int size = flat.length / rows.length;
        for (int row : rows) {
          scores[length - 1][row] = Arrays.copyOfRange(flat, row * size, (row + 1) * size);
        }
      }
    }
    return scores;
  }

  /** Reads targets as a whole, and part by part where the graph can go on. */
  private static void writes(
      OnnxCalls graph,
      Map<String, Object> source,
      int[][] targets,
      float[][][] expected,
      boolean goesOn,
      String where)
      throws OrtException {
    for (int[] parts : goesOn ? new int[][] {{LENGTH}, PARTS} : new int[][] {{LENGTH}}) {
      Map<String, Object> left = Map.of();
      int from = 0;
      for (int part : parts) {
        int begin = from;
        Map<String, Object> given = new HashMap<>(source);
        given.putAll(left);
        given.put(
            Column.TARGET,
            OnnxCalls.padded(
                Arrays.stream(targets)
                    .map(row -> Arrays.copyOfRange(row, begin, begin + part))
                    .toList()));
        Map<String, Object> made = graph.call(given);
        left = OnnxCalls.left(made);
        assertEquals(goesOn, !left.isEmpty(), where);
        float[][][] logits = (float[][][]) made.get("logits");
        for (int row = 0; row < targets.length; row++) {
          for (int i = 0; i < part; i++) {
            String step = "%s: row %d, step %d".formatted(where, row, from + i);
            OnnxCalls.close(expected[from + i][row], logits[row][i], step);
          }
        }
        from += part;
      }
    }
  }

  @ParameterizedTest
  @MethodSource("ofVectors")
  void aTextIsWrittenForAVector(List<String> settings) throws OrtException {
    ExportedModel model = made(settings);
    float[][] vectors = {{3.5f, -1}, {0, 0}, {-20, 2.5f}};
    List<Values> cells =
        Arrays.stream(vectors)
            .map(
                vector ->
                    model
                        .trained()
                        .schema()
                        .facts(Column.VECTOR)
                        .scaled(Numbers.of(2, vector.clone())))
            .toList();
    int[][] targets = targets(model);
    float[][][] expected = expected(model, Values.padded(cells, 1, 0), targets);
    boolean recurrent = settings.toString().contains("model.kind");
    for (Operators operators : Operators.values()) {
      try (OnnxCalls graph = new OnnxCalls(write(model, "model.onnx", operators))) {
        boolean goesOn = recurrent || operators == Operators.V23;
        Map<String, Object> source = Map.of("vector", vectors);
        writes(graph, source, targets, expected, goesOn, settings + " " + operators);
        assertEquals(
            Integer.toString(targets[0][0]), graph.metadata().get("begin"), settings.toString());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("ofTexts")
  void aTextIsWrittenForAText(List<String> settings) throws OrtException {
    ExportedModel model = made(settings);
    int entries = model.trained().schema().column(Column.TEXT).size();
    List<int[]> sources = new ArrayList<>();
    for (int length : new int[] {4, 1, 11}) {
      sources.add(IntStream.range(0, length).map(i -> (7 * length + 3 * i) % entries).toArray());
    }
    List<Values> cells = sources.stream().<Values>map(Ids::of).toList();
    int[][] targets = targets(model);
    float[][][] expected = expected(model, Values.padded(cells, 11, 0), targets);
    Map<String, Object> read =
        Map.of("ids", OnnxCalls.padded(sources), "lengths", OnnxCalls.lengths(sources));
    boolean recurrent = settings.toString().contains("model.kind");
    for (Operators operators : Operators.values()) {
      Path folder = write(model, "model", operators);
      try (OnnxCalls encoder = new OnnxCalls(folder.resolve("encoder_model.onnx"));
          OnnxCalls decoder = new OnnxCalls(folder.resolve("decoder_model.onnx"))) {
        Map<String, Object> source = new HashMap<>(read);
        source.putAll(encoder.call(read));
        boolean goesOn = recurrent || operators == Operators.V23;
        writes(decoder, source, targets, expected, goesOn, settings + " " + operators);
      }
    }
    OnnxModel written = new OnnxModel(model, Operators.V18);
    written.publish(
        storage, at("whole.onnx"), ExportOptions.of(false), written.graph(written.task().whole()));
    try (OnnxCalls whole = new OnnxCalls(directory.resolve("whole.onnx"))) {
      assertEquals(
          new TreeSet<>(List.of("ids", "lengths", "target")), new TreeSet<>(whole.inputs()));
      writes(whole, read, targets, expected, false, settings.toString());
    }
  }

  @Test
  void aFolderSaysWhatAWriterMustKnow() throws IOException {
    ExportedModel model = made(List.of("task.kind=translation", "tokenizer.target=separate"));
    Path folder = write(model, "model", Operators.V18);
    List<String> files = files(folder);
    assertEquals(
        List.of("decoder_model.onnx", "encoder_model.onnx", "generation_config.json"),
        files.stream().filter(file -> !file.contains("data") && !file.contains("token")).toList());
    assertEquals(2, files.stream().filter(file -> file.endsWith(".data")).count());
    assertTrue(files.containsAll(List.of("target-tokenizer.json", "tokenizer.json")));
    JsonNode known =
        JsonMapper.builder().build().readTree(folder.resolve("generation_config.json").toFile());
    assertEquals(
        model.trained().schema().column(Column.TARGET).size(),
        known.get("decoder_start_token_id").asInt());
    assertEquals(24, known.get("max_length").asInt());
    assertTrue(known.has("eos_token_id"));
    assertEquals(files, files(write(model, "model", Operators.V18)));
    Files.writeString(folder.resolve("mine.txt"), "mine");
    String told =
        assertThrows(SettingsException.class, () -> write(model, "model", Operators.V18))
            .getMessage();
    assertTrue(told.contains("it also holds mine.txt"), told);
  }

  private static List<String> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().collect(Collectors.toList());
    }
  }
}
