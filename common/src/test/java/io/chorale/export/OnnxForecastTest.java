package io.chorale.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtException;
import io.chorale.config.Settings;
import io.chorale.data.Calendar;
import io.chorale.data.Column;
import io.chorale.data.Facts;
import io.chorale.data.Numbers;
import io.chorale.data.Row;
import io.chorale.data.Schema;
import io.chorale.data.TimeStep;
import io.chorale.data.Values;
import io.chorale.evaluate.Predictor;
import io.chorale.io.Storage;
import io.chorale.model.Weights;
import io.chorale.task.Prediction;
import io.chorale.task.Task;
import io.chorale.tensor.Device;
import io.chorale.tensor.Engine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** ONNX Runtime forecasts with an exported file what Chorale forecasts. */
class OnnxForecastTest {
  private static final int LOOK_BACK = 9;
  private static final int HORIZON = 4;
  private static final int CHANNELS = 2;
  private static final String STEP = "PT15M";

  @TempDir Path directory;

  private final Storage storage = new Storage(new Configuration());

  @BeforeAll
  static void start() {
    Engine.start();
  }

  static Stream<List<String>> forecasts() {
    List<String> quantiles = List.of("forecast.quantiles=[0.1, 0.5, 0.9]");
    List<String> rotary = new ArrayList<>(HubModels.LAYOUTS.get("llama"));
    rotary.addAll(List.of("task.pooling=last", "forecast.normalisation=standard"));
    return Stream.of(
        List.of("model.kind=linear", "forecast.moving-average=1"),
        List.of("model.kind=linear", "forecast.moving-average=5", quantiles.get(0)),
        List.of("model.kind=linear", "forecast.moving-average=25", "forecast.normalisation=last"),
        rotary,
        List.of("task.pooling=learned", "task.direction=causal", quantiles.get(0)),
        List.of("attention.positions=sinusoidal", "forecast.normalisation=last"),
        List.of("model.kind=lstm", "task.pooling=last", "forecast.normalisation=standard"),
        List.of("model.kind=gru", "task.pooling=mean", "task.direction=causal", quantiles.get(0)),
        List.of("model.kind=gru", "recurrence.layer-norm=true", "task.pooling=last"),
        List.of("model.kind=rnn", "task.pooling=learned"));
  }

  @ParameterizedTest
  @MethodSource("forecasts")
  void theNextStepsAreForecast(List<String> overrides) throws OrtException {
    List<String> all = new ArrayList<>(overrides);
    all.addAll(
        List.of(
            "task.kind=forecast",
            "forecast.look-back=" + LOOK_BACK,
            "forecast.horizon=" + HORIZON,
            "train.context=3"));
    Settings settings = MadeModel.settings(all.toArray(String[]::new));
    Schema schema = schema();
    ExportedModel model =
        MadeModel.of(
            storage, new org.apache.hadoop.fs.Path(directory + "/run"), settings, schema, Map.of());
    Path file = directory.resolve("model.onnx");
    ExportFormat.ONNX.write(
        storage, new org.apache.hadoop.fs.Path(file.toString()), ExportOptions.of(false), model);
    Facts facts = schema.facts(Column.SERIES);
    List<Calendar> read = Calendar.of(TimeStep.parse(STEP));
    float[][][] series = new float[3][LOOK_BACK][CHANNELS];
    float[][][] calendar = new float[3][LOOK_BACK][];
    List<Row> rows = new ArrayList<>();
    for (int row = 0; row < series.length; row++) {
      long time = 1_700_000_000_000L + row * 123_456_789L;
      float[] flat = new float[LOOK_BACK * CHANNELS];
      for (int i = 0; i < flat.length; i++) {
        // The last is constant, and has no deviation.
        flat[i] = row == 2 ? 3 : (float) Math.sin(row + 0.7 * i) * 4;
        series[row][i / CHANNELS][i % CHANNELS] = flat[i];
      }
      for (int i = 0; i < LOOK_BACK; i++) {
        long then = TimeStep.parse(STEP).after(time, i - LOOK_BACK + 1L);
        calendar[row][i] = Calendar.at(read, then);
      }
      Map<String, Values> cells = new HashMap<>();
      cells.put(Column.SERIES, facts.scaled(Numbers.of(CHANNELS, flat)));
      cells.put("time", TimeStep.cell(time));
      rows.add(new Row(cells));
    }
    Task task = model.trained().task();
    List<Prediction> expected;
    try (Weights weights = Weights.frozen(task.layout(), model.trained().parameters(), Device.CPU);
        Predictor predictor = new Predictor(task, weights, 8)) {
      expected = predictor.predict(rows, new long[rows.size()]);
    }
    try (OnnxCalls graph = new OnnxCalls(file)) {
      boolean linear = overrides.contains("model.kind=linear");
      assertEquals(!linear, graph.inputs().contains("calendar"));
      Map<String, Object> made = graph.call(Map.of("series", series, "calendar", calendar));
      for (int row = 0; row < series.length; row++) {
        List<Object> values = expected.get(row).values();
        float[][] forecast = ((float[][][]) made.get("forecast"))[row];
        for (int channel = 0; channel < CHANNELS; channel++) {
          String name = facts.labels().get(channel);
          check(((Map<?, ?>) values.get(0)).get(name), column(forecast, channel), overrides);
          if (made.containsKey("quantiles")) {
            Map<?, ?> levels = (Map<?, ?>) ((Map<?, ?>) values.get(1)).get(name);
            assertEquals(3, levels.size());
            int level = 0;
            for (Object steps : levels.values()) {
              float[][] found = new float[HORIZON][];
              for (int step = 0; step < HORIZON; step++) {
                found[step] = ((float[][][][]) made.get("quantiles"))[row][step][channel];
              }
              check(steps, column(found, level++), overrides);
            }
          }
        }
      }
      assertEquals("forecast", graph.metadata().get("task"));
      assertEquals("[\"load\",\"wind\"]", graph.metadata().get("channels"));
      assertEquals(overrides.toString().contains("quantiles"), made.containsKey("quantiles"));
      assertTrue(linear || graph.metadata().get("calendar").contains("minute-of-hour"));
    }
  }

  private static Schema schema() {
    List<Calendar> calendar = Calendar.of(TimeStep.parse(STEP));
    List<Column> columns =
        List.of(
            Column.series(Column.SERIES, CHANNELS),
            Column.series(Column.HISTORY, CHANNELS),
            Column.series(Column.CALENDAR, calendar.size()));
    return new Schema(
        columns,
        Map.of(
            Column.SERIES,
            Facts.series(List.of("load", "wind"), List.of(3.0, -1.5), List.of(2.0, 0.25), STEP, 0),
            Column.CALENDAR,
            Facts.labels(calendar.stream().map(Calendar::key).toList())));
  }

  private static float[] column(float[][] steps, int column) {
    float[] found = new float[steps.length];
    for (int step = 0; step < found.length; step++) {
      found[step] = steps[step][column];
    }
    return found;
  }

  private static void check(Object expected, float[] found, List<String> settings) {
    List<?> steps = (List<?>) expected;
    float[] numbers = new float[steps.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = ((Double) steps.get(i)).floatValue();
    }
    OnnxCalls.close(numbers, found, settings.toString());
  }
}
