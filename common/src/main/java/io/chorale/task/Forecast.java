package io.chorale.task;

import io.chorale.config.ForecastSettings;
import io.chorale.config.ForecastSettings.Normalisation;
import io.chorale.config.ModelSettings;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.corpus.Document;
import io.chorale.data.Batch;
import io.chorale.data.Calendar;
import io.chorale.data.Column;
import io.chorale.data.Facts;
import io.chorale.data.Feed;
import io.chorale.data.Numbers;
import io.chorale.data.Row;
import io.chorale.data.Schema;
import io.chorale.data.SeriesWindows;
import io.chorale.data.TimeStep;
import io.chorale.data.Values;
import io.chorale.io.FloatVector;
import io.chorale.model.ParameterLayout;
import io.chorale.model.Pass;
import io.chorale.model.Slots;
import io.chorale.model.State;
import io.chorale.model.Weights;
import io.chorale.tensor.FlatTensors;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Forecasts of series: the next steps of all channels, from the steps before. A forecast is a mean,
 * by the mean of squared errors, or some quantiles, by the pinball loss (Koenker and Bassett,
 * 1978).
 *
 * <p>Errors are told in the unit of the dataset, whose numbers are scaled by mean and deviation of
 * its training split.
 */
public final class Forecast implements Task {
  private static final String USE = "forecast";

  /** A cell of rows that are predicted: the time of the last known step. */
  private static final String TIME = Document.TIME;

  /** Added to the variance of a window, which may be constant. */
  private static final double EPSILON = 1e-5;

  private final Slots slots = new Slots();
  private final ForecastSettings settings;
  private final SeriesWindows feed;
  private final boolean readsCalendar;
  private final int features;
  private final Facts facts;
  private final ForecastErrors errors;
  private final ForecastNetwork network;

  Forecast(Settings settings, Schema schema, String holder) {
    this.settings = settings.forecast();
    Column series = schema.require(holder, USE, Column.SERIES, Column.Kind.SERIES);
    Column history = schema.require(holder, USE, Column.HISTORY, Column.Kind.SERIES);
    if (series.size() != history.size()) {
      throw new SettingsException(
          "Cannot use %s for %s: its column %s has %d channels, expected %d as its column %s has. Take another dataset."
              .formatted(
                  holder, USE, history.name(), history.size(), series.size(), series.name()));
    }
    facts = schema.facts(Column.SERIES);
    checkHistory(holder);
    int channels = series.size();
    features =
        schema
            .find(Column.CALENDAR)
            .filter(calendar -> settings.model().kind() != ModelSettings.Kind.LINEAR)
            .map(Column::size)
            .orElse(0);
    readsCalendar = features > 0;
    feed = SeriesWindows.of(settings, channels, readsCalendar);
    errors =
        new ForecastErrors(
            this.settings.lookBack(),
            this.settings.horizon(),
            channels,
            this.settings.levels(),
            this.settings.median(),
            season());
    network = ForecastNetwork.of(slots, settings, channels, features, errors.numbers());
  }

  /** A series was cut so that each row knows some steps before its own, and no more. */
  private void checkHistory(String holder) {
    int needed = settings.window() - 1;
    if (facts.history() > 0 && facts.history() < needed) {
      throw new SettingsException(
          "Cannot use %s for %s: its rows keep %,d steps before their own, expected at least %,d for forecast.look-back %,d and forecast.horizon %,d. Tokenize again with data.history of at least %,d, or lower one of both."
              .formatted(
                  holder,
                  USE,
                  facts.history(),
                  needed,
                  settings.lookBack(),
                  settings.horizon(),
                  needed));
    }
  }

  private int season() {
    if (settings.season() > 0 || facts.step().isEmpty()) {
      return settings.season();
    }
    int found = TimeStep.parse(facts.step()).season();
    return found <= settings.lookBack() ? found : 0;
  }

  /** What is forecast of each step and channel, in the unit of the dataset [B, H, C, Q]. */
  private Tensor forecast(Weights w, Batch batch, Pass pass) {
    Tensor past = tensor(w, batch, Column.SERIES);
    Tensor calendar = readsCalendar ? tensor(w, batch, Column.CALENDAR) : null;
    if (settings.normalisation() == Normalisation.NONE) {
      return network.forward(w, past, calendar, pass);
    }
    if (settings.normalisation() == Normalisation.LAST) {
      Tensor last = past.narrow(1, settings.lookBack() - 1L, 1); // [B, 1, C]
      return network.forward(w, past.sub(last), calendar, pass).add(last.unsqueeze(3));
    }
    Tensor mean = past.mean(new long[] {1}, true, new ScalarTypeOptional());
    Tensor variance = torch.var(past, new long[] {1}, false, true);
    Tensor deviation = variance.add(new Scalar(EPSILON)).sqrt();
    return network
        .forward(w, past.sub(mean).div(deviation), calendar, pass)
        .mul(deviation.unsqueeze(3))
        .add(mean.unsqueeze(3));
  }

  private static Tensor tensor(Weights w, Batch batch, String column) {
    Numbers numbers = batch.numbers(column);
    return w.device().numbers(numbers.values(), batch.rows(), numbers.length(), numbers.size());
  }

  @Override
  public Loss loss(Weights w, Batch batch, State before, Pass pass) {
    Tensor forecast = forecast(w, batch, pass);
    Tensor future = tensor(w, batch, SeriesWindows.FUTURE);
    double[] levels = errors.levels();
    if (levels.length == 0) {
      return new Loss(torch.mse_loss(forecast.squeeze(3), future), State.NONE);
    }
    float[] shares = new float[levels.length];
    for (int i = 0; i < shares.length; i++) {
      shares[i] = (float) levels[i];
    }
    Tensor level = w.device().numbers(shares, shares.length);
    Tensor above = future.unsqueeze(3).sub(forecast);
    Tensor pinball = torch.maximum(above.mul(level), above.mul(level.sub(new Scalar(1.0))));
    return new Loss(pinball.mean(), State.NONE);
  }

  @Override
  public Sums measure(Weights w, Batch batch, State before) {
    float[] forecast = read(forecast(w, batch, Pass.reading()));
    float[] past = batch.numbers(Column.SERIES).values();
    float[] future = batch.numbers(SeriesWindows.FUTURE).values();
    return new Sums(errors.sums(past, future, forecast), State.NONE);
  }

  private static float[] read(Tensor tensor) {
    FloatVector vector = FlatTensors.read(tensor.contiguous().flatten());
    float[] values = new float[(int) vector.length()];
    for (int i = 0; i < values.length; i++) {
      values[i] = vector.get(i);
    }
    return values;
  }

  /**
   * Forecasts in the numbers' own unit; autograd must not record. Quantiles ascend: where those of
   * a model cross, they change places.
   *
   * @param batch of {@link SeriesWindows#windows}
   * @return of each window [H, C, Q]; Q is 1 where the forecast is a mean
   */
  public double[][] forecasts(Weights w, Batch batch) {
    float[] scaled = read(forecast(w, batch, Pass.reading()));
    int numbers = errors.numbers();
    int channels = errors.channels();
    double[][] forecasts = new double[batch.rows()][scaled.length / batch.rows()];
    for (int row = 0; row < forecasts.length; row++) {
      double[] values = forecasts[row];
      for (int i = 0; i < values.length; i++) {
        int channel = i / numbers % channels;
        double value = scaled[row * values.length + i];
        values[i] =
            facts.mean().isEmpty()
                ? value
                : value * facts.deviation().get(channel) + facts.mean().get(channel);
      }
      for (int i = 0; i < values.length; i += numbers) {
        Arrays.sort(values, i, i + numbers);
      }
    }
    return forecasts;
  }

  /**
   * The times that are forecast.
   *
   * @param last the time of the last known step, in milliseconds since 1970
   */
  public long[] times(long last) {
    TimeStep step = TimeStep.parse(facts.step());
    long[] times = new long[settings.horizon()];
    for (int i = 0; i < times.length; i++) {
      times[i] = step.after(last, i + 1L);
    }
    return times;
  }

  /** Whether the model reads the calendar, so that a row must have the time of its last step. */
  public boolean readsCalendar() {
    return readsCalendar;
  }

  /**
   * A window whose future lies below what the model forecasts for it, so that the gradient of its
   * loss is that of {@link #below()}; autograd must not record.
   *
   * @param row as for {@link #predict}
   */
  public Batch below(Weights w, Row row) {
    Row window = window(row);
    float[] forecast = read(forecast(w, feed.windows(List.of(window)), Pass.reading()));
    int numbers = errors.numbers();
    float[] future = new float[forecast.length / numbers];
    for (int i = 0; i < future.length; i++) {
      float lowest = forecast[i * numbers];
      for (int level = 1; level < numbers; level++) {
        lowest = Math.min(lowest, forecast[i * numbers + level]);
      }
      // With f - 1/2 the gradient of the squared error is that of f itself.
      future[i] = lowest - 0.5f;
    }
    Map<String, Values> cells = new LinkedHashMap<>(window.cells());
    cells.put(SeriesWindows.FUTURE, Numbers.of(errors.channels(), future));
    return feed.windows(List.of(new Row(cells)));
  }

  /** What {@link #below(Weights, Row)} has the gradient of, for people. */
  public String below() {
    return errors.levels().length == 0
        ? "the mean of all that is forecast"
        : "the mean of all quantiles that are forecast, each times one less its level";
  }

  /** The last steps of a series and, where steps have a time, that of the last one. */
  @Override
  public List<String> inputs() {
    return facts.step().isEmpty() ? List.of(Column.SERIES) : List.of(Column.SERIES, TIME);
  }

  @Override
  public Optional<String> unfit(Row row) {
    int steps = row.cell(Column.SERIES).length();
    return steps >= settings.lookBack()
        ? Optional.empty()
        : Optional.of(
            "short-series (%,d steps, expected at least %,d)"
                .formatted(steps, settings.lookBack()));
  }

  /** By channel the steps that are forecast, by channel and level the quantiles; and the times. */
  @Override
  public List<Output> outputs() {
    List<Output> outputs = new ArrayList<>();
    outputs.add(Output.number("forecast").many().named());
    if (errors.levels().length > 0) {
      outputs.add(Output.number("quantiles").many().named().named());
    }
    if (!facts.step().isEmpty()) {
      outputs.add(new Output("times", Output.Scalar.TIME).many());
    }
    return outputs;
  }

  @Override
  public List<Prediction> predict(Weights w, List<Row> rows, long[] seeds) {
    double[][] forecasts = forecasts(w, feed.windows(rows.stream().map(this::window).toList()));
    List<Prediction> predictions = new ArrayList<>();
    for (int row = 0; row < forecasts.length; row++) {
      predictions.add(prediction(forecasts[row], rows.get(row)));
    }
    return predictions;
  }

  /** The last steps of a row, and the calendar before its time. */
  private Row window(Row row) {
    int channels = errors.channels();
    float[] series = ((Numbers) row.cell(Column.SERIES)).values();
    float[] past =
        Arrays.copyOfRange(series, series.length - settings.lookBack() * channels, series.length);
    float[] calendar = new float[settings.lookBack() * features];
    if (readsCalendar) {
      TimeStep step = TimeStep.parse(facts.step());
      List<Calendar> read = Calendar.of(step);
      long last = TimeStep.time(row.cell(TIME));
      for (int i = 0; i < settings.lookBack(); i++) {
        long time = step.after(last, i - settings.lookBack() + 1L);
        System.arraycopy(Calendar.at(read, time), 0, calendar, i * features, features);
      }
    }
    return feed.window(past, new float[settings.horizon() * channels], calendar);
  }

  private Prediction prediction(double[] forecast, Row row) {
    List<Object> values = new ArrayList<>();
    values.add(byChannel(forecast, errors.median()));
    double[] levels = errors.levels();
    if (levels.length > 0) {
      Map<String, Map<String, Object>> quantiles = new LinkedHashMap<>();
      for (int level = 0; level < levels.length; level++) {
        String name = Double.toString(levels[level]);
        byChannel(forecast, level)
            .forEach(
                (channel, steps) ->
                    quantiles
                        .computeIfAbsent(channel, key -> new LinkedHashMap<>())
                        .put(name, steps));
      }
      values.add(quantiles);
    }
    if (!facts.step().isEmpty()) {
      long[] times = times(TimeStep.time(row.cell(TIME)));
      values.add(Arrays.stream(times).mapToObj(Instant::ofEpochMilli).toList());
    }
    return new Prediction(values);
  }

  /** The steps of each channel, by its name or, where it has none, its number from 1 on. */
  private Map<String, Object> byChannel(double[] forecast, int level) {
    Map<String, Object> found = new LinkedHashMap<>();
    int channels = errors.channels();
    for (int channel = 0; channel < channels; channel++) {
      List<Double> steps = new ArrayList<>();
      for (int step = 0; step < settings.horizon(); step++) {
        steps.add(forecast[(step * channels + channel) * errors.numbers() + level]);
      }
      boolean named = !facts.labels().isEmpty();
      found.put(named ? facts.labels().get(channel) : Integer.toString(channel + 1), steps);
    }
    return found;
  }

  @Override
  public Map<String, Double> read(double[] sums, long bytes) {
    return errors.read(sums);
  }

  @Override
  public long predictions(double[] sums) {
    return errors.values(sums);
  }

  @Override
  public Goal goal() {
    return new Goal(LOSS, false);
  }

  @Override
  public String predictions() {
    return "values";
  }

  @Override
  public Feed feed() {
    return feed;
  }

  @Override
  public ParameterLayout layout() {
    return slots.layout();
  }

  @Override
  public boolean carries() {
    return false;
  }

  @Override
  public State restore(List<Tensor> flat) {
    return State.NONE;
  }

  @Override
  public List<Long> carriedSizes(long rows) {
    return List.of();
  }

  @Override
  public int longest() {
    return settings.lookBack();
  }

  @Override
  public long largestOfRow() {
    return network.largestOfRow();
  }

  @Override
  public long keptByStep(long rows, long length) {
    return network.keptByStep(rows);
  }

  @Override
  public long madeByPass(long rows, long length) {
    return network.madeByPass(rows);
  }
}
