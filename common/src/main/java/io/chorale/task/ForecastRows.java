package io.chorale.task;

import io.chorale.config.ForecastSettings;
import io.chorale.corpus.Document;
import io.chorale.data.Calendar;
import io.chorale.data.Column;
import io.chorale.data.Facts;
import io.chorale.data.Numbers;
import io.chorale.data.Row;
import io.chorale.data.SeriesWindows;
import io.chorale.data.TimeStep;
import io.chorale.data.Values;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes windows of the last steps of series, and predictions of what is forecast for them: in the
 * numbers' own unit, by channel, with the times.
 *
 * @param features numbers of the calendar that the model reads; 0 where it reads none
 */
record ForecastRows(
    ForecastSettings settings,
    SeriesWindows feed,
    Facts facts,
    ForecastErrors errors,
    int features) {
  /** A cell of rows that are predicted: the time of the last known step. */
  private static final String TIME = Document.TIME;

  /** The last steps of a series and, where steps have a time, that of the last one. */
  List<String> inputs() {
    return facts.step().isEmpty() ? List.of(Column.SERIES) : List.of(Column.SERIES, TIME);
  }

  /**
   * The last steps of a row of a dataset, as many as are read, those before its own among them.
   * When they were is not known there: as if they had ended with 1969.
   */
  Row given(Row row) {
    Numbers before = (Numbers) row.cell(Column.HISTORY);
    Numbers own = (Numbers) row.cell(Column.SERIES);
    float[] all = Arrays.copyOf(before.values(), before.values().length + own.values().length);
    System.arraycopy(own.values(), 0, all, before.values().length, own.values().length);
    Map<String, Values> cells = new LinkedHashMap<>();
    int from = Math.max(0, all.length - settings.lookBack() * own.size());
    cells.put(Column.SERIES, Numbers.of(own.size(), Arrays.copyOfRange(all, from, all.length)));
    if (!facts.step().isEmpty()) {
      cells.put(TIME, TimeStep.cell(0));
    }
    return new Row(cells);
  }

  /** Why a row has no forecast. */
  Optional<String> unfit(Row row) {
    int steps = row.cell(Column.SERIES).length();
    return steps >= settings.lookBack()
        ? Optional.empty()
        : Optional.of(
            "short-series (%,d steps, expected at least %,d)"
                .formatted(steps, settings.lookBack()));
  }

  /** By channel the steps that are forecast, by channel and level the quantiles; and the times. */
  List<Output> outputs() {
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

  /** The last steps of a row, and the calendar before its time. */
  Row window(Row row) {
    int channels = errors.channels();
    float[] series = ((Numbers) row.cell(Column.SERIES)).values();
    float[] past =
        Arrays.copyOfRange(series, series.length - settings.lookBack() * channels, series.length);
    float[] calendar = new float[settings.lookBack() * features];
    if (features > 0) {
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

  /**
   * Forecasts in the numbers' own unit.
   *
   * @param scaled of all rows [B, H, C, Q], quantiles ascending
   * @return of each row [H, C, Q]
   */
  double[][] unscaled(float[] scaled, int rows) {
    int numbers = errors.numbers();
    int channels = errors.channels();
    double[][] forecasts = new double[rows][scaled.length / rows];
    for (int row = 0; row < rows; row++) {
      double[] values = forecasts[row];
      for (int i = 0; i < values.length; i++) {
        int channel = i / numbers % channels;
        double value = scaled[row * values.length + i];
        values[i] =
            facts.mean().isEmpty()
                ? value
                : value * facts.deviation().get(channel) + facts.mean().get(channel);
      }
    }
    return forecasts;
  }

  /** The times that are forecast after that of the last known step. */
  long[] times(long last) {
    TimeStep step = TimeStep.parse(facts.step());
    long[] times = new long[settings.horizon()];
    for (int i = 0; i < times.length; i++) {
      times[i] = step.after(last, i + 1L);
    }
    return times;
  }

  /** What is told of a forecast [H, C, Q] for a row. */
  Prediction prediction(double[] forecast, Row row) {
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
}
