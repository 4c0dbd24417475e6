package io.chorale.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.chorale.config.AttentionHeads;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.data.Column;
import io.chorale.data.Facts;
import io.chorale.data.Ids;
import io.chorale.data.Numbers;
import io.chorale.data.Row;
import io.chorale.data.Schema;
import io.chorale.evaluate.Predictor;
import io.chorale.io.Storage;
import io.chorale.model.Weights;
import io.chorale.task.Prediction;
import io.chorale.task.Task;
import io.chorale.tensor.Device;
import io.chorale.tensor.Engine;
import io.chorale.token.Tokenizer;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** ONNX Runtime computes with an exported file what Chorale computes. */
class OnnxModelTest {
  private static final float CLOSE = 1e-4f;

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
        List.of("model.kind=rnn", "recurrence.nonlinearity=relu"));
  }

  @ParameterizedTest
  @MethodSource("models")
  void aLanguageModelScoresWhatComesNext(List<String> settings) throws OrtException {
    HubModels.Made made = made(settings, "tokenizer.kind=characters", "tokenizer.vocabulary=45");
    Tokenizer tokenizer = made.model().trained().tokenizer(Column.TEXT).orElseThrow();
    try (OrtSession session = session(write(made.model(), ExportOptions.SHARD_BYTES))) {
      for (String text : MadeModel.TEXTS) {
        int[] ids = HubModels.read(tokenizer.encode(text));
        float[][] found = scores(session, ids, new HashMap<>());
        for (int length : new int[] {1, (ids.length + 1) / 2, ids.length}) {
          int[] prefix = Arrays.copyOf(ids, length);
          close(made.logits(prefix), found[length - 1], text);
        }
        // The state that a recurrent model leaves goes on where it stood.
        if (session.getInputNames().size() > 1 && ids.length > 1) {
          Map<String, Object> states = new HashMap<>();
          scores(session, Arrays.copyOf(ids, ids.length - 1), states);
          float[][] last = scores(session, new int[] {ids[ids.length - 1]}, states);
          close(found[ids.length - 1], last[0], text);
        }
      }
    }
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
    int[] ids = {5, 1, 7, 7, 3, 9, 2, 30, 11};
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    AttentionHeads heads = made.model().trained().settings().attention().heads(12);
    try (OrtSession session = session(file)) {
      Map<String, Object> past = new HashMap<>();
      for (int[] part : new int[][] {{5, 1, 7, 7}, {3}, {9, 2, 30}, {11}}) {
        Map<String, OnnxTensor> inputs = new HashMap<>();
        long[] row = Arrays.stream(part).asLongStream().toArray();
        inputs.put("ids", OnnxTensor.createTensor(environment, new long[][] {row}));
        for (String name : session.getInputNames()) {
          if (name.startsWith("past_")) {
            Object known = past.get(name.substring("past_".length()));
            inputs.put(
                name,
                known == null
                    ? OnnxTensor.createTensor(
                        environment,
                        FloatBuffer.allocate(0),
                        new long[] {1, heads.shared(), 0, heads.size()})
                    : OnnxTensor.createTensor(environment, known));
          }
        }
        try (OrtSession.Result result = session.run(inputs)) {
          for (Map.Entry<String, OnnxValue> value : result) {
            past.put(value.getKey(), value.getValue().getValue());
          }
        } finally {
          inputs.values().forEach(OnnxTensor::close);
        }
      }
      float[][] last = ((float[][][]) past.get("logits"))[0];
      close(made.logits(ids), last[0], settings.toString());
    }
  }

  static Stream<List<String>> transformers() {
    return models().limit(7);
  }

  /** Some of the made models have scores of thousands. */
  private static void close(float[] expected, float[] found, String text) {
    float largest = 1;
    for (float score : expected) {
      largest = Math.max(largest, Math.abs(score));
    }
    assertArrayEquals(expected, found, CLOSE * largest, text);
  }

  /** The scores after each id; states come in, where there are any, and go out. */
  private static float[][] scores(OrtSession session, int[] ids, Map<String, Object> states)
      throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    Map<String, OnnxTensor> inputs = new HashMap<>();
    long[] row = Arrays.stream(ids).asLongStream().toArray();
    inputs.put("ids", OnnxTensor.createTensor(environment, new long[][] {row}));
    for (String name : session.getInputNames()) {
      if (!name.equals("ids")) {
        Object state = states.getOrDefault(name + "_next", new float[1][1][12]);
        inputs.put(name, OnnxTensor.createTensor(environment, state));
      }
    }
    try (OrtSession.Result result = session.run(inputs)) {
      for (Map.Entry<String, OnnxValue> value : result) {
        states.put(value.getKey(), value.getValue().getValue());
      }
      return ((float[][][]) states.get("logits"))[0];
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  static Stream<List<String>> rowModels() {
    List<List<String>> all = new ArrayList<>();
    List<List<String>> backbones =
        List.of(
            HubModels.LAYOUTS.get("llama"),
            SINUSOIDAL,
            List.of("model.kind=lstm", "recurrence.embedding=7"),
            List.of("model.kind=gru"));
    List<List<String>> tasks =
        List.of(
            List.of("task.kind=classification", "task.pooling=mean"),
            List.of("task.kind=classification", "task.pooling=last"),
            List.of("task.kind=classification", "task.pooling=learned", "task.direction=causal"),
            List.of("task.kind=tagging"),
            List.of("task.kind=regression", "task.pooling=last", "task.direction=causal"));
    for (List<String> backbone : backbones) {
      for (List<String> task : tasks) {
        for (boolean series : new boolean[] {false, true}) {
          List<String> settings = new ArrayList<>(backbone);
          settings.addAll(task);
          if (series) {
            settings.add("data.path=series");
          }
          all.add(settings);
        }
      }
    }
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("rowModels")
  void rowsOfUnequalLengthArePredicted(List<String> overrides) throws OrtException {
    boolean series = overrides.contains("data.path=series");
    List<String> all = new ArrayList<>(overrides);
    all.addAll(List.of("tokenizer.kind=characters", "tokenizer.vocabulary=45"));
    Settings settings = MadeModel.settings(all.toArray(String[]::new));
    Map<String, byte[]> tokenizers = series ? Map.of() : MadeModel.tokenizers(settings);
    Schema schema = MadeModel.schema(settings, tokenizers);
    ExportedModel model =
        MadeModel.of(
            storage,
            new org.apache.hadoop.fs.Path(directory + "/run"),
            settings,
            schema,
            tokenizers);
    List<Row> rows = new ArrayList<>();
    List<float[][]> steps = new ArrayList<>();
    List<long[]> ids = new ArrayList<>();
    for (int row = 0; row < 5; row++) {
      int length = 1 + 5 * row;
      if (series) {
        float[][] values = new float[length][2];
        float[] flat = new float[2 * length];
        for (int i = 0; i < flat.length; i++) {
          values[i / 2][i % 2] = flat[i] = (float) Math.sin(row + 0.7 * i) * 4;
        }
        steps.add(values);
        Facts facts = schema.facts(Column.SERIES);
        rows.add(new Row(Map.of(Column.SERIES, facts.scaled(Numbers.of(2, flat)))));
      } else {
        int[] text = new int[length];
        for (int i = 0; i < length; i++) {
          text[i] = (7 * row + 3 * i) % schema.column(Column.TEXT).size();
        }
        ids.add(Arrays.stream(text).asLongStream().toArray());
        rows.add(new Row(Map.of(Column.TEXT, Ids.of(text))));
      }
    }
    Task task = model.trained().task();
    List<Prediction> expected;
    try (Weights weights = Weights.frozen(task.layout(), model.trained().parameters(), Device.CPU);
        Predictor predictor = new Predictor(task, weights, 8)) {
      expected = predictor.predict(rows, LongStream.range(0, rows.size()).toArray());
    }
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    int longest = 21;
    try (OrtSession session = session(write(model, 2_000));
        OnnxTensor read =
            series
                ? OnnxTensor.createTensor(environment, padded(steps, longest))
                : OnnxTensor.createTensor(environment, paddedIds(ids, longest));
        OnnxTensor lengths =
            OnnxTensor.createTensor(
                environment, LongBuffer.wrap(new long[] {1, 6, 11, 16, 21}), new long[] {5});
        OrtSession.Result result =
            session.run(Map.of(series ? "series" : "ids", read, "lengths", lengths))) {
      Object found = result.get(0).getValue();
      for (int row = 0; row < 5; row++) {
        Object wanted = expected.get(row).values().get(0);
        String where = overrides + " row " + row;
        if (found instanceof float[] numbers) {
          assertEquals((double) wanted, numbers[row], CLOSE * 100, where);
        } else if (found instanceof float[][] classes) {
          assertEquals(wanted, MadeModel.LABELS.get(best(classes[row])), where);
        } else {
          List<String> tags = new ArrayList<>();
          for (int step = 0; step < 1 + 5 * row; step++) {
            tags.add(MadeModel.LABELS.get(best(((float[][][]) found)[row][step])));
          }
          assertEquals(wanted, tags, where);
        }
      }
    }
  }

  private static int best(float[] scores) {
    int best = 0;
    for (int i = 1; i < scores.length; i++) {
      best = scores[i] > scores[best] ? i : best;
    }
    return best;
  }

  private static float[][][] padded(List<float[][]> rows, int length) {
    float[][][] all = new float[rows.size()][length][2];
    for (int row = 0; row < all.length; row++) {
      System.arraycopy(rows.get(row), 0, all[row], 0, rows.get(row).length);
    }
    return all;
  }

  private static long[][] paddedIds(List<long[]> rows, int length) {
    return rows.stream().map(row -> Arrays.copyOf(row, length)).toArray(long[][]::new);
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
    try (OrtSession session = session(cut)) {
      int[] ids = {1, 2, 3};
      assertArrayEquals(made.logits(ids), scores(session, ids, new HashMap<>())[2], CLOSE);
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
  void whatHasNoOperatorsIsRefused() {
    for (List<String> settings :
        List.of(
            List.of("model.kind=lstm", "recurrence.layer-norm=true"),
            List.of("task.kind=translation"))) {
      HubModels.Made made = made(settings, "tokenizer.kind=characters", "tokenizer.vocabulary=45");
      String told =
          assertThrows(SettingsException.class, () -> write(made.model(), 1 << 20)).getMessage();
      assertTrue(told.contains("as onnx: its "), told);
      assertFalse(Files.exists(directory.resolve("model.onnx")));
    }
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

  private static OrtSession session(Path file) throws OrtException {
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(1);
    return OrtEnvironment.getEnvironment().createSession(file.toString(), options);
  }
}
