package io.chorale.jobs.tokenize;

import io.chorale.config.DatasetSplit;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Mean and deviation of each channel, which series are scaled by: those of all training steps
 * together, with the number of steps below the variance; 1 for a channel that never changes.
 */
record SeriesScale(List<Double> mean, List<Double> deviation) implements Serializable {
  int channels() {
    return mean.size();
  }

  /** The numbers of a step, scaled. */
  float[] apply(float[] values) {
    float[] scaled = new float[values.length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = (float) ((values[i] - mean.get(i)) / deviation.get(i));
    }
    return scaled;
  }

  /**
   * The scale.
   *
   * @param squares those of the numbers less their mean
   */
  static SeriesScale of(List<Double> mean, ExactSums squares) {
    return new SeriesScale(
        mean,
        IntStream.range(0, mean.size())
            .mapToObj(channel -> deviation(mean.get(channel), squares.mean(channel).doubleValue()))
            .toList());
  }

  private static double deviation(double mean, double square) {
    // The mean of numbers that are all the same is rounded: less than that is no change.
    double least = 1e-25 * mean * mean;
    return square > least ? Math.sqrt(square) : 1.0;
  }

  /**
   * Sums over the training steps of a partition. Within a series they are in double precision and
   * in the order of time.
   *
   * @param around what is subtracted of each number, whose squares are then added; none: the
   *     numbers themselves are
   */
  static ExactSums sums(
      Iterator<SeriesSteps.Step> steps,
      Iterator<SeriesShape> shapes,
      int history,
      int channels,
      List<Double> around) {
    ExactSums all = new ExactSums(channels);
    double[] series = new double[channels];
    long counted = 0;
    List<SeriesShape.Stretch> trained = List.of();
    int next = 0;
    while (steps.hasNext()) {
      SeriesSteps.Step step = steps.next();
      if (step.begins()) {
        all.add(series, counted);
        Arrays.fill(series, 0);
        counted = 0;
        trained = shapes.next().stretches(history);
        next = 0;
      }
      while (next < trained.size() && trained.get(next).to() <= step.rank()) {
        next++;
      }
      boolean counts =
          !step.aside()
              && next < trained.size()
              && trained.get(next).split() == DatasetSplit.TRAIN
              && trained.get(next).from() <= step.rank();
      if (counts) {
        counted++;
        for (int i = 0; i < channels; i++) {
          double value = step.values()[i];
          double off = around.isEmpty() ? 0 : value - around.get(i);
          series[i] += around.isEmpty() ? value : off * off;
        }
      }
    }
    all.add(series, counted);
    return all;
  }
}
