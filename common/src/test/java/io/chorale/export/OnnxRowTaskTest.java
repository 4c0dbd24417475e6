package io.chorale.export;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.onnxruntime.OrtException;
import io.chorale.config.Settings;
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
import java.lang.reflect.Array;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** ONNX Runtime predicts of rows, with an exported file, what Chorale predicts. */
class OnnxRowTaskTest {
  private static final int ROWS = 5;
  private static final int LONGEST = 21;

  @TempDir Path directory;

  private final Storage storage = new Storage(new Configuration());

  @BeforeAll
  static void start() {
    Engine.start();
  }

  static Stream<List<String>> rowModels() {
    List<List<String>> backbones =
        List.of(
            HubModels.LAYOUTS.get("llama"),
            List.of("attention.positions=sinusoidal", "attention.bias=true"),
            List.of("model.kind=lstm", "recurrence.embedding=7"),
            List.of("model.kind=gru"),
            List.of("model.kind=lstm", "recurrence.layer-norm=true"));
    List<List<String>> tasks =
        List.of(
            List.of("task.kind=classification", "task.pooling=mean"),
            List.of("task.kind=classification", "task.pooling=last"),
            List.of("task.kind=classification", "task.pooling=learned", "task.direction=causal"),
            List.of("task.kind=tagging"),
            List.of("task.kind=regression", "task.pooling=last", "task.direction=causal"));
    List<List<String>> inputs = List.of(List.of(), List.of("data.path=series"));
    List<List<String>> ofText =
        List.of(
            List.of("task.kind=contrastive", "model.dropout=0.1"),
            List.of("task.kind=masked-language-model"));
    return Stream.concat(
        OnnxCalls.each(backbones, OnnxCalls.each(tasks, inputs)).stream(),
        OnnxCalls.each(backbones, ofText).stream());
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
    long[] lengths = new long[ROWS];
    List<Row> rows = new ArrayList<>();
    float[][][] steps = new float[ROWS][LONGEST][2];
    List<int[]> ids = new ArrayList<>();
    for (int row = 0; row < ROWS; row++) {
      int length = 1 + 5 * row;
      lengths[row] = length;
      if (series) {
        float[] flat = new float[2 * length];
        for (int i = 0; i < flat.length; i++) {
          steps[row][i / 2][i % 2] = flat[i] = (float) Math.sin(row + 0.7 * i) * 4;
        }
        Facts facts = schema.facts(Column.SERIES);
        rows.add(new Row(Map.of(Column.SERIES, facts.scaled(Numbers.of(2, flat)))));
      } else {
        int[] text = new int[length];
        for (int i = 0; i < length; i++) {
          text[i] = (7 * row + 3 * i) % schema.column(Column.TEXT).size();
        }
        ids.add(text);
        rows.add(new Row(Map.of(Column.TEXT, Ids.of(text))));
      }
    }
    Task task = model.trained().task();
    List<Prediction> expected;
    try (Weights weights = Weights.frozen(task.layout(), model.trained().parameters(), Device.CPU);
        Predictor predictor = new Predictor(task, weights, 8)) {
      expected = predictor.predict(rows, LongStream.range(0, rows.size()).toArray());
    }
    Path file = directory.resolve("model.onnx");
    ExportFormat.ONNX.write(
        storage,
        new org.apache.hadoop.fs.Path(file.toString()),
        new ExportOptions(false, NumberType.FLOAT32, 2_000),
        model);
    try (OnnxCalls graph = new OnnxCalls(file)) {
      Map<String, Object> made =
          graph.call(
              Map.of(
                  series ? "series" : "ids",
                  series ? steps : OnnxCalls.padded(ids),
                  "lengths",
                  lengths));
      assertEquals(1, made.size());
      for (int row = 0; row < ROWS; row++) {
        String where = overrides + " row " + row;
        Object found = made.values().iterator().next();
        Object wanted = expected.get(row).values().get(0);
        if (overrides.contains("task.kind=masked-language-model")) {
          double perplexity = perplexity(graph, ids.get(row));
          assertEquals((double) wanted, perplexity, OnnxCalls.CLOSE * (double) wanted, where);
        } else {
          check(wanted, Array.get(found, row), (int) lengths[row], where);
        }
      }
    }
  }

  /** Of a text each token of which is hidden alone. */
  private static double perplexity(OnnxCalls graph, int[] text) throws OrtException {
    int mask = Integer.parseInt(graph.metadata().get("mask"));
    List<int[]> hidden = new ArrayList<>();
    for (int place = 0; place < text.length; place++) {
      int[] shown = text.clone();
      shown[place] = mask;
      hidden.add(shown);
    }
    Map<String, Object> given =
        Map.of("ids", OnnxCalls.padded(hidden), "lengths", OnnxCalls.lengths(hidden));
    float[][][] logits = (float[][][]) graph.call(given).get("logits");
    double nats = 0;
    for (int place = 0; place < text.length; place++) {
      double sum = 0;
      for (float score : logits[place][place]) {
        sum += Math.exp(score - logits[place][place][text[place]]);
      }
      nats += Math.log(sum) / text.length;
    }
    return Math.exp(nats);
  }

  private static void check(Object expected, Object found, int length, String where) {
    if (expected instanceof Double number) {
      assertEquals(number, (float) found, OnnxCalls.CLOSE * 100, where);
    } else if (expected instanceof float[] vector) {
      OnnxCalls.close(vector, (float[]) found, where);
    } else if (expected instanceof String label) {
      assertEquals(label, MadeModel.LABELS.get(best((float[]) found)), where);
    } else {
      List<String> tags = new ArrayList<>();
      for (int step = 0; step < length; step++) {
        tags.add(MadeModel.LABELS.get(best(((float[][]) found)[step])));
      }
      assertEquals(expected, tags, where);
    }
  }

  private static int best(float[] scores) {
    int best = 0;
    for (int i = 1; i < scores.length; i++) {
      best = scores[i] > scores[best] ? i : best;
    }
    return best;
  }
}
