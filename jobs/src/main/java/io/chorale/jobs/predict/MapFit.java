package io.chorale.jobs.predict;

import io.chorale.config.EmbedSettings;
import io.chorale.config.EmbedSettings.Mapping;
import io.chorale.config.SettingsException;
import java.util.List;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.EigenDecomposition;

/**
 * Learns a map of vectors from their principal directions, the eigenvectors of their covariance.
 *
 * <p>To remove the first directions is "All-but-the-top" (Mu and Viswanath, 2018): all vectors
 * share these, so that they tell little of any. To whiten divides by the deviation in each
 * direction besides (Su et al., "Whitening sentence representations", arXiv 2103.15316): the
 * covariance of the sample becomes the identity.
 *
 * <p>All is plain Java in the order of the vectors, so that the map is the same on every machine.
 * Costs n x W x W for the covariance of n vectors of W numbers, and some W x W x W.
 */
final class MapFit {
  /** Of the largest variance: below, a direction has nothing but what rounding leaves. */
  private static final double LEAST_VARIANCE = 1e-10;

  private final EmbedSettings settings;
  private final double[] mean;
  private final double[][] squares; // sums of products of deviations from the mean, up to column i
  private long vectors;

  private MapFit(EmbedSettings settings, int width) {
    this.settings = settings;
    this.mean = new double[width];
    this.squares = new double[width][width];
  }

  /**
   * The map that the settings ask for.
   *
   * @param sample of the vectors, in the order of their rows
   * @throws SettingsException where the sample is too small for it
   */
  static VectorMap of(EmbedSettings settings, List<float[]> sample) {
    MapFit fit = new MapFit(settings, sample.isEmpty() ? 0 : sample.get(0).length);
    sample.forEach(fit::add);
    return fit.map();
  }

  /** Takes one vector more in (Welford, 1962): exact also where the mean is far from zero. */
  private void add(float[] vector) {
    vectors++;
    double[] before = new double[mean.length];
    double[] after = new double[mean.length];
    for (int i = 0; i < mean.length; i++) {
      before[i] = vector[i] - mean[i];
      mean[i] += before[i] / vectors;
      after[i] = vector[i] - mean[i];
    }
    for (int i = 0; i < mean.length; i++) {
      double[] row = squares[i];
      for (int j = 0; j <= i; j++) {
        row[j] += before[i] * after[j];
      }
    }
  }

  private VectorMap map() {
    if (vectors < 2) {
      throw tooFew("%d of them has a vector".formatted(vectors), "at least 2");
    }
    EigenDecomposition found = new EigenDecomposition(covariance()); // the largest value first
    double[] variances = found.getRealEigenvalues();
    int varied = 0;
    while (varied < variances.length && variances[varied] > LEAST_VARIANCE * variances[0]) {
      varied++;
    }
    float[] matrix =
        settings.map() == Mapping.WHITEN
            ? whitening(found, variances, varied)
            : removing(found, varied);
    float[] centre = new float[mean.length];
    for (int i = 0; i < centre.length; i++) {
      centre[i] = (float) mean[i];
    }
    return new VectorMap(centre, matrix);
  }

  private Array2DRowRealMatrix covariance() {
    int width = mean.length;
    double[][] all = new double[width][width];
    for (int i = 0; i < width; i++) {
      for (int j = 0; j <= i; j++) {
        all[i][j] = squares[i][j] / (vectors - 1);
        all[j][i] = all[i][j];
      }
    }
    return new Array2DRowRealMatrix(all, false);
  }

  /** Rows are directions divided by their deviations. */
  private float[] whitening(EigenDecomposition found, double[] variances, int varied) {
    int width = mean.length;
    int kept = settings.size() == 0 ? varied : settings.size();
    checkVaried(kept, varied);
    float[] matrix = new float[kept * width];
    for (int row = 0; row < kept; row++) {
      double deviation = Math.sqrt(variances[row]);
      for (int i = 0; i < width; i++) {
        matrix[row * width + i] = (float) (found.getV().getEntry(i, row) / deviation);
      }
    }
    return matrix;
  }

  /** The identity less the projection on the first directions. */
  private float[] removing(EigenDecomposition found, int varied) {
    int width = mean.length;
    checkVaried(settings.directions(), varied);
    float[] matrix = new float[width * width];
    for (int i = 0; i < width; i++) {
      for (int j = 0; j < width; j++) {
        double sum = i == j ? 1 : 0;
        for (int direction = 0; direction < settings.directions(); direction++) {
          sum -= found.getV().getEntry(i, direction) * found.getV().getEntry(j, direction);
        }
        matrix[i * width + j] = (float) sum;
      }
    }
    return matrix;
  }

  private void checkVaried(int wanted, int varied) {
    if (varied < Math.max(1, wanted)) {
      throw tooFew(
          "their vectors vary in %d directions".formatted(varied),
          "at least " + Math.max(1, wanted));
    }
  }

  private SettingsException tooFew(String found, String expected) {
    return new SettingsException(
        "Cannot learn embed.map of embed.sample-rows %,d: %s, expected %s. Take more rows, or another embed.map, and give --overwrite."
            .formatted(settings.sampleRows(), found, expected));
  }
}
