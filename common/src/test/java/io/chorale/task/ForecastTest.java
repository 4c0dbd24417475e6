package io.chorale.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.Facts;
import io.chorale.data.Row;
import io.chorale.data.Schema;
import io.chorale.data.SeriesWindows;
import io.chorale.evaluate.Evaluator;
import io.chorale.io.FloatVector;
import io.chorale.model.Dropout;
import io.chorale.model.Pass;
import io.chorale.model.State;
import io.chorale.model.Weights;
import io.chorale.tensor.Device;
import io.chorale.tensor.Engine;
import io.chorale.tensor.FlatTensors;
import io.chorale.tensor.StepScope;
import io.chorale.tensor.Tape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.bytedeco.pytorch.NoGradGuard;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ForecastTest {
  private static final int LOOK_BACK = 6;
  private static final int HORIZON = 3;
  private static final int CHANNELS = 2;
  private static final List<Double> MEAN = List.of(10.0, -4.0);
  private static final List<Double> DEVIATION = List.of(2.0, 0.5);

  @BeforeAll
  static void start() {
    Engine.start();
  }

  private static Schema schema(String step, int history) {
    return new Schema(
        List.of(
            Column.series("series", CHANNELS),
            Column.series("history", CHANNELS),
            Column.series("calendar", 1)),
        Map.of("series", Facts.series(List.of(), MEAN, DEVIATION, step, history)));
  }

  private static Settings settings(String... more) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "task.kind=forecast",
                "train.batch=4",
                "forecast.look-back=" + LOOK_BACK,
                "forecast.horizon=" + HORIZON));
    all.addAll(List.of(more));
    return SettingsFile.read("test", "", all);
  }

  private static Forecast task(String... more) {
    return (Forecast) Task.of(settings(more), schema("P3M", LOOK_BACK + HORIZON - 1), "a test");
  }

  private static final String WIDTH = "model.width=8 model.layers=1 ";
  private static final String LINEAR = "model.kind=linear forecast.moving-average=3";

  /** Every network, with each normalisation, of means and of quantiles. */
  static Stream<String> all() {
    List<String> all = new ArrayList<>();
    for (String model :
        List.of(
            LINEAR,
            "model.kind=linear forecast.moving-average=1",
            WIDTH + "attention.heads=2 task.direction=causal task.pooling=last",
            WIDTH + "model.kind=lstm",
            WIDTH + "model.kind=gru task.pooling=learned",
            WIDTH + "model.kind=rnn")) {
      for (String normalisation : List.of("none", "last", "standard")) {
        String set = model + " forecast.normalisation=" + normalisation;
        all.add(set);
        all.add(set + " forecast.quantiles=[0.1,0.5,0.8]");
      }
    }
    return all.stream();
  }

  private static float[] numbers(SplittableRandom random, int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextDouble(-2, 2);
    }
    return numbers;
  }

  private static List<Row> rows(Forecast task) {
    SplittableRandom random = new SplittableRandom(5);
    List<Row> rows = new ArrayList<>();
    for (int row = 0; row < 5; row++) {
      rows.add(
          feed(task)
              .window(
                  numbers(random, LOOK_BACK * CHANNELS),
                  numbers(random, HORIZON * CHANNELS),
                  numbers(random, LOOK_BACK)));
    }
    return rows;
  }

  private static SeriesWindows feed(Forecast task) {
    return (SeriesWindows) task.feed();
  }

  private static FloatVector parameters(Task task) {
    FloatVector parameters = task.layout().initial(1);
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < parameters.length(); i++) {
      parameters.set(i, (float) random.nextDouble(-0.5, 0.5));
    }
    return parameters;
  }

  private record Result(double loss, double[] gradients, double[] sums, double[][] forecasts) {}

  private static Result result(Forecast task, FloatVector parameters, List<Row> rows) {
    Batch batch = feed(task).windows(rows);
    try (StepScope scope = new StepScope();
        Tape tape = new Tape();
        Weights weights = Weights.trained(task.layout(), parameters, false, Device.CPU)) {
      weights.begin();
      double[] sums;
      double[][] forecasts;
      try (NoGradGuard guard = new NoGradGuard()) {
        sums = task.measure(weights, batch, State.NONE).values();
        forecasts = task.forecasts(weights, batch);
      }
      Task.Loss loss = task.loss(weights, batch, State.NONE, Pass.training(Dropout.NONE, tape));
      tape.backward(loss.mean());
      FloatVector read = FlatTensors.read(weights.flat().gradients());
      double[] gradients = new double[(int) read.length()];
      Arrays.setAll(gradients, read::get);
      return new Result(loss.mean().item_float(), gradients, sums, forecasts);
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void aWindowAloneEqualsTheSameWindowInAnyBatch(String set) {
    Forecast task = task(set.split(" "));
    List<Row> rows = rows(task);
    Result together = result(task, parameters(task), rows);
    double loss = 0;
    double[] gradients = new double[together.gradients().length];
    double[] sums = new double[together.sums().length];
    for (int row = 0; row < rows.size(); row++) {
      Result alone = result(task, parameters(task), rows.subList(row, row + 1));
      loss += alone.loss() / rows.size();
      for (int i = 0; i < gradients.length; i++) {
        gradients[i] += alone.gradients()[i] / rows.size();
      }
      sums = Evaluator.sum(sums, alone.sums());
      assertArrayEquals(alone.forecasts()[0], together.forecasts()[row], 2e-5);
    }
    double largest = Arrays.stream(gradients).map(Math::abs).max().orElseThrow();
    assertEquals(loss, together.loss(), 4e-6 * Math.max(1, loss));
    assertArrayEquals(gradients, together.gradients(), 6e-6 * Math.max(1, largest));
    assertArrayEquals(sums, together.sums(), 1e-4);
    assertTrue(largest > 1e-3);
    assertEquals(rows.size() * HORIZON * CHANNELS, task.predictions(sums));
    // The loss that is trained is the one that is measured.
    Map<String, Double> measures = task.read(sums, 0);
    assertEquals(together.loss(), measures.get(Task.LOSS), 1e-5);
    assertTrue(measures.containsKey(task.goal().measure()));
    task.layout()
        .entries()
        .forEach(
            entry -> {
              int from = (int) entry.offset();
              double[] part =
                  Arrays.copyOfRange(together.gradients(), from, from + (int) entry.length());
              assertTrue(Arrays.stream(part).anyMatch(value -> value != 0), entry.name());
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        LINEAR + " forecast.normalisation=standard",
        LINEAR + " forecast.quantiles=[0.1,0.5,0.8] forecast.normalisation=none",
        WIDTH + "model.kind=gru forecast.normalisation=standard"
      })
  void gradientsAreThoseOfFiniteDifferences(String set) {
    Forecast task = task(set.split(" "));
    FloatVector parameters = parameters(task);
    double[] gradient = result(task, parameters, rows(task)).gradients();
    double norm = Math.sqrt(Arrays.stream(gradient).map(value -> value * value).sum());
    double step = 2e-3;
    double[] losses = new double[2];
    for (int side = 0; side < 2; side++) {
      FloatVector moved = new FloatVector(parameters.length());
      for (int i = 0; i < gradient.length; i++) {
        double by = (side == 0 ? step : -step) * gradient[i] / norm;
        moved.set(i, (float) (parameters.get(i) + by));
      }
      losses[side] = result(task, moved, rows(task)).loss();
    }
    assertEquals(norm, (losses[0] - losses[1]) / (2 * step), 1e-2 * norm);
  }

  /** Trend by a mean of three with the ends repeated, one map each, by the book. */
  @Test
  void theLinearModelIsThatOfThePaper() {
    Forecast task = task((LINEAR + " forecast.normalisation=last").split(" "));
    assertEquals(
        List.of("trend.weight", "remainder.weight", "trend.bias", "remainder.bias"),
        task.layout().entries().stream().map(entry -> entry.name()).toList());
    FloatVector parameters = parameters(task);
    Row row = rows(task).get(0);
    float[] past = ((io.chorale.data.Numbers) row.cell("series")).values();
    double[] found = result(task, parameters, List.of(row)).forecasts()[0];
    int matrix = HORIZON * LOOK_BACK;
    for (int channel = 0; channel < CHANNELS; channel++) {
      double[] x = new double[LOOK_BACK];
      double last = past[(LOOK_BACK - 1) * CHANNELS + channel];
      for (int i = 0; i < LOOK_BACK; i++) {
        x[i] = past[i * CHANNELS + channel] - last;
      }
      for (int step = 0; step < HORIZON; step++) {
        double y =
            parameters.get(2L * matrix + step) + parameters.get(2L * matrix + HORIZON + step);
        for (int i = 0; i < LOOK_BACK; i++) {
          double trend = (x[Math.max(0, i - 1)] + x[i] + x[Math.min(LOOK_BACK - 1, i + 1)]) / 3;
          y += parameters.get((long) step * LOOK_BACK + i) * trend;
          y += parameters.get(matrix + (long) step * LOOK_BACK + i) * (x[i] - trend);
        }
        double expected = (y + last) * DEVIATION.get(channel) + MEAN.get(channel);
        assertEquals(expected, found[step * CHANNELS + channel], 1e-4);
      }
    }
  }

  /** A forecast goes along where its window is moved and, of the standard one, stretched. */
  @ParameterizedTest
  @ValueSource(strings = {"last", "standard"})
  void aNormalisedForecastGoesAlongWithItsWindow(String normalisation) {
    Forecast task =
        task((WIDTH + "model.kind=lstm forecast.normalisation=" + normalisation).split(" "));
    double by = normalisation.equals("standard") ? 3 : 1;
    float[] past = numbers(new SplittableRandom(1), LOOK_BACK * CHANNELS);
    float[] moved = new float[past.length];
    for (int i = 0; i < past.length; i++) {
      moved[i] = (float) (by * past[i] + 5);
    }
    float[] future = new float[HORIZON * CHANNELS];
    float[] calendar = new float[LOOK_BACK];
    double[] plain = forecast(task, past, future, calendar);
    double[] along = forecast(task, moved, future, calendar);
    for (int i = 0; i < plain.length; i++) {
      int channel = i % CHANNELS;
      double scaled = (plain[i] - MEAN.get(channel)) / DEVIATION.get(channel);
      double expected = (by * scaled + 5) * DEVIATION.get(channel) + MEAN.get(channel);
      assertEquals(expected, along[i], 1e-3);
    }
  }

  private static double[] forecast(Forecast task, float[]... window) {
    List<Row> rows = List.of(feed(task).window(window[0], window[1], window[2]));
    return result(task, parameters(task), rows).forecasts()[0];
  }

  @Test
  void quantilesAscend() {
    Forecast task = task((LINEAR + " forecast.quantiles=[0.1,0.5,0.9]").split(" "));
    for (double[] forecast : result(task, parameters(task), rows(task)).forecasts()) {
      assertEquals(HORIZON * CHANNELS * 3, forecast.length);
      for (int i = 0; i < forecast.length; i += 3) {
        assertTrue(forecast[i] <= forecast[i + 1] && forecast[i + 1] <= forecast[i + 2]);
      }
    }
  }

  /** Errors by hand, of two windows of one channel. */
  @Test
  void errorsStandBesideThoseOfNaiveForecasts() {
    float[] past = {1, 2, 3, 4, 10, 20, 30, 40};
    float[] future = {5, 3, 3, 30, 40, 30};
    ForecastErrors point = new ForecastErrors(4, 3, 1, new double[0], 0, 2);
    Map<String, Double> measures =
        point.read(point.sums(past, future, new float[] {4, 4, 4, 30, 30, 30}));
    assertEquals((1 + 1 + 1 + 0 + 100 + 0) / 6.0, measures.get("mse"), 1e-9);
    assertEquals(measures.get("mse"), measures.get("loss"), 1e-9);
    assertEquals(13 / 6.0, measures.get("mae"), 1e-9);
    assertEquals((1 + 1 + 1 + 100 + 0 + 100) / 6.0, measures.get("naive_mse"), 1e-9);
    // The last two values in turn: 3 4 3 and 30 40 30.
    assertEquals((4 + 1) / 6.0, measures.get("seasonal_naive_mse"), 1e-9);
    assertEquals((2 + 1) / 6.0, measures.get("seasonal_naive_mae"), 1e-9);
    assertFalse(measures.containsKey("quantile_loss"));

    ForecastErrors quantiles = new ForecastErrors(4, 3, 1, new double[] {0.1, 0.5}, 1, 0);
    // Two of the pairs cross: they are measured as they are told, ascending.
    float[] found = {6, 4, 4, 4, 3, 2, 20, 30, 30, 30, 30, 30};
    Map<String, Double> pinball = quantiles.read(quantiles.sums(past, future, found));
    double low = 0.1 * 1 + 0.9 * 1 + 0.1 * 1 + 0.1 * 10 + 0.1 * 10 + 0;
    double median = 0.5 * 1 + 0.5 * 1 + 0 + 0 + 0.5 * 10 + 0;
    assertEquals((low + median) / 12, pinball.get("quantile_loss"), 1e-6);
    assertEquals((1 + 1 + 0 + 0 + 100 + 0) / 6.0, pinball.get("mse"), 1e-6);
    assertEquals(4 / 6.0, pinball.get("coverage"), 1e-9);
    assertFalse(pinball.containsKey("seasonal_naive_mse"));
  }

  /** A quarter's season is four steps, which the look-back has; a week's of 7 days it has not. */
  @Test
  void theSeasonFollowsFromTheStep() {
    String[] set = LINEAR.split(" ");
    double[] sums = new double[10];
    sums[0] = 1;
    assertTrue(task(set).read(sums, 0).containsKey("seasonal_naive_mse"));
    Task daily = Task.of(settings(set), schema("P1D", 20), "a test");
    assertFalse(daily.read(sums, 0).containsKey("seasonal_naive_mse"));
    Task told =
        Task.of(settings((LINEAR + " forecast.season=5").split(" ")), schema("P1D", 20), "a test");
    assertTrue(told.read(sums, 0).containsKey("seasonal_naive_mse"));
    assertEquals(3, task(set).times(0).length);
    assertEquals(
        java.time.Instant.parse("1970-10-01T00:00:00Z").toEpochMilli(), task(set).times(0)[2]);
  }

  /** From the last day of February on, on the day that the series is on. */
  @ParameterizedTest
  @CsvSource({
    "28, 2023-03-28, 2023-05-28",
    "30, 2023-03-30, 2023-05-30",
    "31, 2023-03-31, 2023-05-31"
  })
  void monthsThatAreForecastKeepTheirDay(int day, String first, String last) {
    Schema monthly = schema("P1M, day " + day, LOOK_BACK + HORIZON - 1);
    Forecast task = (Forecast) Task.of(settings(LINEAR.split(" ")), monthly, "a test");
    long[] times = task.times(java.time.Instant.parse("2023-02-28T00:00:00Z").toEpochMilli());
    assertEquals(first + "T00:00:00Z", java.time.Instant.ofEpochMilli(times[0]).toString());
    assertEquals(last + "T00:00:00Z", java.time.Instant.ofEpochMilli(times[2]).toString());
  }

  @Test
  void whatCannotBeIsRefused() {
    SettingsException refused =
        assertThrows(
            SettingsException.class,
            () -> Task.of(settings(LINEAR.split(" ")), schema("P1D", 7), "dataset d"));
    assertEquals(
        "Cannot use dataset d for forecast: its rows keep 7 steps before their own, expected at"
            + " least 8 for forecast.look-back 6 and forecast.horizon 3. Tokenize again with"
            + " data.history of at least 8, or lower one of both.",
        refused.getMessage());
    for (String wrong :
        List.of(
            "forecast.quantiles=[0.5,0.1]",
            "forecast.quantiles=[0.1,0.9]",
            "forecast.quantiles=[0.5,1]",
            "forecast.quantiles=[half]",
            "forecast.season=7",
            "forecast.look-back=0",
            "forecast.moving-average=4")) {
      String[] set = ("model.kind=linear " + wrong).split(" ");
      String message = assertThrows(SettingsException.class, () -> settings(set)).getMessage();
      assertTrue(message.startsWith(wrong.substring(0, wrong.indexOf('=')) + " must be"), message);
    }
    String other =
        assertThrows(
                SettingsException.class,
                () ->
                    Task.of(
                        SettingsFile.read("test", "", List.of("model.kind=linear")),
                        Schema.text(9, "0".repeat(64)),
                        "a test"))
            .getMessage();
    assertTrue(other.startsWith("model.kind must be transformer, lstm, gru or rnn"), other);
  }
}
