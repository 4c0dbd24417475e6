package io.chorale.jobs.bench;

import java.util.Arrays;
import java.util.List;
import org.apache.commons.math3.linear.SingularMatrixException;
import org.apache.commons.math3.stat.regression.OLSMultipleLinearRegression;

/**
 * The driver's processor time of a round as a linear function: a constant, a share of each worker
 * (its task and its report), a share of each parameter (received, stepped, shared out).
 *
 * <p>Fitted by least squares on relative errors, so that small rounds count as much as large ones.
 */
public final class DriverCost {
  private static final int TERMS = 3;

  private final double[] coefficients;

  private DriverCost(double[] coefficients) {
    this.coefficients = coefficients;
  }

  /** A measured round. */
  public record Point(long parameters, int workers, double cpuSeconds) {}

  /**
   * Fits the model.
   *
   * @param points more than there are terms, with different numbers of workers and of parameters
   * @throws IllegalArgumentException where they do not determine the model
   */
  public static DriverCost fit(List<Point> points) {
    if (points.size() <= TERMS) {
      throw new IllegalArgumentException(
          "%d points do not determine %d terms".formatted(points.size(), TERMS));
    }
    OLSMultipleLinearRegression regression = new OLSMultipleLinearRegression();
    regression.setNoIntercept(true);
    double[] ones = new double[points.size()];
    Arrays.fill(ones, 1);
    double[][] relative = new double[points.size()][];
    for (int i = 0; i < relative.length; i++) {
      Point point = points.get(i);
      double[] terms = terms(point.parameters(), point.workers());
      relative[i] = Arrays.stream(terms).map(term -> term / point.cpuSeconds()).toArray();
    }
    regression.newSampleData(ones, relative);
    try {
      return new DriverCost(regression.estimateRegressionParameters());
    } catch (SingularMatrixException e) {
      throw new IllegalArgumentException(
          "the points have too few numbers of workers, or of parameters", e);
    }
  }

  /** Seconds of processor time. */
  public double cpuSeconds(long parameters, int workers) {
    double[] terms = terms(parameters, workers);
    double sum = 0;
    for (int i = 0; i < TERMS; i++) {
      sum += coefficients[i] * terms[i];
    }
    return sum;
  }

  /** Milliseconds of a round of its own, of a worker, and of a million parameters. */
  public double[] milliseconds() {
    return Arrays.stream(coefficients).map(seconds -> seconds * 1e3).toArray();
  }

  private static double[] terms(long parameters, int workers) {
    return new double[] {1, workers, parameters * 1e-6};
  }
}
