package io.chorale.config;

import java.util.List;

/** The settings of forecasts of series; {@code reference.yaml} explains each key. */
public record ForecastSettings(
    int lookBack,
    int horizon,
    Normalisation normalisation,
    List<String> quantiles,
    int season,
    int movingAverage) {

  /** Normalisation of each window: subtracted before the model reads it, added to its forecast. */
  public enum Normalisation {
    NONE,
    LAST,
    STANDARD
  }

  /** The quantile that is the forecast where there are several. */
  private static final double MEDIAN = 0.5;

  // Far beyond any series; a window of both fits into an array.
  private static final int LONGEST = 1 << 20;

  public ForecastSettings {
    quantiles = List.copyOf(quantiles);
    Check.between("forecast.look-back", lookBack, 1, LONGEST);
    Check.between("forecast.horizon", horizon, 1, LONGEST);
    Check.that(
        ascend(quantiles),
        "forecast.quantiles",
        "a list of ascending numbers between 0 and 1, such as [0.1, 0.5, 0.9]",
        quantiles);
    Check.that(
        quantiles.isEmpty() || values(quantiles).contains(MEDIAN),
        "forecast.quantiles",
        "empty, or with 0.5 among them, which is the forecast",
        quantiles);
    Check.between("forecast.season", season, 0, LONGEST);
    Check.that(
        season <= lookBack,
        "forecast.season",
        "at most forecast.look-back, which is " + lookBack,
        season);
    Check.that(
        movingAverage >= 1 && movingAverage % 2 == 1,
        "forecast.moving-average",
        "odd, and at least 1",
        movingAverage);
  }

  private static boolean ascend(List<String> quantiles) {
    double before = 0;
    for (double value : values(quantiles)) {
      if (!(value > before && value < 1)) {
        return false;
      }
      before = value;
    }
    return true;
  }

  private static List<Double> values(List<String> quantiles) {
    return quantiles.stream().map(ForecastSettings::value).toList();
  }

  private static double value(String quantile) {
    try {
      return Double.parseDouble(quantile);
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  /** The quantiles that are forecast, ascending; none where the forecast is a mean. */
  public double[] levels() {
    return values(quantiles).stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** Which of the {@link #levels} is the forecast; 0 where there are none. */
  public int median() {
    return Math.max(0, values(quantiles).indexOf(MEDIAN));
  }

  /** Steps of a window: what is looked back on, and what is forecast. */
  public int window() {
    return lookBack + horizon;
  }
}
