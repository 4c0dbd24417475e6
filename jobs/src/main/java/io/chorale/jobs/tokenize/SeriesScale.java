package io.chorale.jobs.tokenize;

import io.chorale.config.DatasetSplit;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/**
 * Mean and deviation of each channel, which series are scaled by: those of all training steps
 * together, with the number of steps below the variance.
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
   * Sums over training steps. Within a series they are in double precision and in the order of
   * time, over all series exact: so they do not depend on how the work was cut.
   */
  static final class Sums implements Serializable {
    private static final long serialVersionUID = 1L;

    private final BigDecimal[] sums;
    private long steps;

    private Sums(int channels) {
      sums = new BigDecimal[channels];
      Arrays.fill(sums, BigDecimal.ZERO);
    }

    /**
     * Those of a partition.
     *
     * @param around what is subtracted of each number, whose squares are then added; none: the
     *     numbers themselves are
     */
    static Sums of(
        Iterator<SeriesSteps.Step> steps,
        Iterator<SeriesShape> shapes,
        int history,
        int channels,
        List<Double> around) {
      Sums all = new Sums(channels);
      double[] series = new double[channels];
      List<SeriesShape.Stretch> trained = List.of();
      int next = 0;
      while (steps.hasNext()) {
        SeriesSteps.Step step = steps.next();
        if (step.begins()) {
          all.add(series);
          Arrays.fill(series, 0);
          trained = shapes.next().stretches(history);
          next = 0;
        }
        while (next < trained.size() && trained.get(next).to() <= step.rank()) {
          next++;
        }
        boolean counts =
            !step.duplicate()
                && next < trained.size()
                && trained.get(next).split() == DatasetSplit.TRAIN
                && trained.get(next).from() <= step.rank();
        if (counts) {
          all.steps++;
          for (int i = 0; i < channels; i++) {
            double value = step.values()[i];
            double off = around.isEmpty() ? 0 : value - around.get(i);
            series[i] += around.isEmpty() ? value : off * off;
          }
        }
      }
      all.add(series);
      return all;
    }

    private void add(double[] series) {
      for (int i = 0; i < sums.length; i++) {
        sums[i] = sums[i].add(new BigDecimal(series[i]));
      }
    }

    Sums merge(Sums other) {
      for (int i = 0; i < sums.length; i++) {
        sums[i] = sums[i].add(other.sums[i]);
      }
      steps += other.steps;
      return this;
    }

    /** The mean of each channel. */
    List<Double> means() {
      List<Double> means = new ArrayList<>();
      for (BigDecimal sum : sums) {
        means.add(sum.divide(BigDecimal.valueOf(steps), MathContext.DECIMAL64).doubleValue());
      }
      return means;
    }

    /** The root of the mean of each channel; 1 for one that never changes. */
    List<Double> roots() {
      return means().stream().map(mean -> mean > 0 ? Math.sqrt(mean) : 1.0).toList();
    }
  }
}
