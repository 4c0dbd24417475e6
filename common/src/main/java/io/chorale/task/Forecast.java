package io.chorale.task;

import io.chorale.config.ForecastSettings;
import io.chorale.config.ForecastSettings.Normalisation;
import io.chorale.config.ModelSettings;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.data.Batch;
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
import io.chorale.model.Pass;
import io.chorale.model.State;
import io.chorale.model.Weights;
import io.chorale.tensor.FlatTensors;
import java.util.ArrayList;
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
public final class Forecast extends StatelessTask {
  private static final String USE = "forecast";

  /** Added to the variance of a window, which may be constant. */
  private static final double EPSILON = 1e-5;

  private final ForecastSettings settings;
  private final SeriesWindows feed;
  private final boolean readsCalendar;
  private final Facts facts;
  private final ForecastErrors errors;
  private final ForecastNetwork network;
  private final ForecastRows rows;

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
    int features =
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
    rows = new ForecastRows(this.settings, feed, facts, errors, features);
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
    float[] forecast = read(forecast(w, batch, Pass.reading()));
    errors.sort(forecast);
    return rows.unscaled(forecast, batch.rows());
  }

  /**
   * The times that are forecast.
   *
   * @param last the time of the last known step, in milliseconds since 1970
   */
  public long[] times(long last) {
    return rows.times(last);
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
    Row window = rows.window(row);
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

  @Override
  public List<String> inputs() {
    return rows.inputs();
  }

  @Override
  public Row given(Row row) {
    return rows.given(row);
  }

  @Override
  public Optional<String> unfit(Row row) {
    return rows.unfit(row);
  }

  @Override
  public List<Output> outputs() {
    return rows.outputs();
  }

  @Override
  public List<Prediction> predict(Weights w, List<Row> last, long[] seeds) {
    List<Row> windows = last.stream().map(rows::window).toList();
    double[][] forecasts = forecasts(w, feed.windows(windows));
    List<Prediction> predictions = new ArrayList<>();
    for (int row = 0; row < forecasts.length; row++) {
      predictions.add(rows.prediction(forecasts[row], last.get(row)));
    }
    return predictions;
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
