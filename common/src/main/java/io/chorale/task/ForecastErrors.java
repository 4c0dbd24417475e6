package io.chorale.task;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Errors of forecasts as sums that add, beside those of two forecasts that need no model: naive,
 * which repeats the last value, and seasonal naive, which repeats the last season.
 *
 * @param lookBack L
 * @param horizon H
 * @param channels C
 * @param levels of the quantiles that are forecast; none where the forecast is a mean
 * @param median which of them is the forecast
 * @param season steps of a season; 0 where there is none
 */
record ForecastErrors(
    int lookBack, int horizon, int channels, double[] levels, int median, int season) {
  // Places among the sums.
  private static final int VALUES = 0;
  private static final int LOSS = 1;
  private static final int COVERED = 2; // between the lowest and the highest quantile
  private static final int MODEL =
      3; // and after each: squares of errors, errors without their sign
  private static final int NAIVE = 5;
  private static final int SEASONAL = 7;
  private static final int QUANTILES = 9;
  private static final int PLACES = 10;

  /** Numbers of a forecast: Q. */
  int numbers() {
    return Math.max(1, levels.length);
  }

  /** Sorts the quantiles of each number, so that none is below one of a lower level. */
  void sort(float[] forecast) {
    int numbers = numbers();
    for (int i = 0; i < forecast.length; i += numbers) {
      Arrays.sort(forecast, i, i + numbers);
    }
  }

  /**
   * The sums of a batch: the loss of what a network tells, whose quantiles may cross; all errors of
   * what is told of it, where they ascend.
   *
   * @param past [B, L, C]
   * @param future [B, H, C]
   * @param network [B, H, C, Q]
   */
  double[] sums(float[] past, float[] future, float[] network) {
    double[] sums = new double[PLACES];
    int numbers = numbers();
    float[] forecast = network.clone();
    sort(forecast);
    for (int i = 0; i < future.length; i++) {
      int channel = i % channels;
      int step = i / channels % horizon;
      int row = i / channels / horizon;
      double value = future[i];
      sums[VALUES]++;
      add(sums, MODEL, forecast[i * numbers + median] - value);
      add(sums, NAIVE, at(past, row, lookBack - 1, channel) - value);
      if (season > 0) {
        add(sums, SEASONAL, at(past, row, lookBack - season + step % season, channel) - value);
      }
      if (levels.length == 0) {
        double error = forecast[i] - value;
        sums[LOSS] += error * error;
      }
      for (int level = 0; level < levels.length; level++) {
        int place = i * numbers + level;
        sums[LOSS] += pinball(levels[level], value - network[place]) / numbers;
        sums[QUANTILES] += pinball(levels[level], value - forecast[place]) / numbers;
      }
      boolean covered =
          value >= forecast[i * numbers] && value <= forecast[i * numbers + numbers - 1];
      sums[COVERED] += covered ? 1 : 0;
    }
    return sums;
  }

  private static double pinball(double level, double above) {
    return Math.max(level * above, (level - 1) * above);
  }

  private float at(float[] past, int row, int step, int channel) {
    return past[(row * lookBack + step) * channels + channel];
  }

  private static void add(double[] sums, int place, double error) {
    sums[place] += error * error;
    sums[place + 1] += Math.abs(error);
  }

  long values(double[] sums) {
    return (long) sums[VALUES];
  }

  /** The measures, by name. */
  Map<String, Double> read(double[] sums) {
    double values = sums[VALUES];
    Map<String, Double> measures = new LinkedHashMap<>();
    measures.put(Task.LOSS, sums[LOSS] / values);
    put(measures, "", sums, MODEL);
    if (levels.length > 0) {
      measures.put("quantile_loss", sums[QUANTILES] / values);
    }
    if (levels.length > 1) {
      measures.put("coverage", sums[COVERED] / values);
    }
    put(measures, "naive_", sums, NAIVE);
    if (season > 0) {
      put(measures, "seasonal_naive_", sums, SEASONAL);
    }
    return measures;
  }

  private static void put(Map<String, Double> measures, String name, double[] sums, int place) {
    measures.put(name + "mse", sums[place] / sums[VALUES]);
    measures.put(name + "mae", sums[place + 1] / sums[VALUES]);
  }
}
