package io.chorale.jobs.predict;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.EmbedSettings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.io.Storage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Maps of vectors do to their sample what they promise. */
class MapFitTest {
  private static final int WIDTH = 5;

  private static EmbedSettings settings(String... set) {
    return SettingsFile.with(SettingsFile.defaults(), set).embed();
  }

  /** Far from zero, correlated, and of very different deviations. */
  private static List<float[]> sample(int count) {
    SplittableRandom random = new SplittableRandom(1);
    List<float[]> sample = new ArrayList<>();
    for (int row = 0; row < count; row++) {
      double shared = 9 * random.nextDouble(-1, 1);
      float[] vector = new float[WIDTH];
      for (int i = 0; i < WIDTH; i++) {
        vector[i] = (float) (50 + (i - 1) * shared + (i + 1) * random.nextDouble(-1, 1));
      }
      sample.add(vector);
    }
    return sample;
  }

  private static List<float[]> mapped(VectorMap map, List<float[]> sample) {
    return sample.stream().map(map::apply).toList();
  }

  private static double[] mean(List<float[]> vectors) {
    double[] mean = new double[vectors.get(0).length];
    for (float[] vector : vectors) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += vector[i] / (double) vectors.size();
      }
    }
    return mean;
  }

  private static double[][] covariance(List<float[]> vectors) {
    double[] mean = mean(vectors);
    double[][] covariance = new double[mean.length][mean.length];
    for (float[] vector : vectors) {
      for (int i = 0; i < mean.length; i++) {
        for (int j = 0; j < mean.length; j++) {
          covariance[i][j] +=
              (vector[i] - mean[i]) * (vector[j] - mean[j]) / (vectors.size() - 1.0);
        }
      }
    }
    return covariance;
  }

  private static double trace(double[][] matrix) {
    double sum = 0;
    for (int i = 0; i < matrix.length; i++) {
      sum += matrix[i][i];
    }
    return sum;
  }

  /** By power iteration. */
  private static double largest(double[][] matrix) {
    double[] x = new double[matrix.length];
    x[0] = 1;
    double norm = 0;
    for (int turn = 0; turn < 500; turn++) {
      double[] y = new double[x.length];
      norm = 0;
      for (int i = 0; i < y.length; i++) {
        for (int j = 0; j < y.length; j++) {
          y[i] += matrix[i][j] * x[j];
        }
        norm += y[i] * y[i];
      }
      norm = Math.sqrt(norm);
      for (int i = 0; i < y.length; i++) {
        x[i] = y[i] / norm;
      }
    }
    return norm;
  }

  @Test
  void whitenedNumbersDoNotCorrelate() {
    VectorMap map = MapFit.of(settings("embed.map=whiten"), sample(400));
    assertEquals(WIDTH, map.size());
    List<float[]> whitened = mapped(map, sample(400));
    assertArrayEquals(new double[WIDTH], mean(whitened), 1e-5);
    double[][] covariance = covariance(whitened);
    for (int i = 0; i < WIDTH; i++) {
      for (int j = 0; j < WIDTH; j++) {
        assertEquals(i == j ? 1 : 0, covariance[i][j], 1e-4);
      }
    }
  }

  @Test
  void theFirstDirectionsAreKept() {
    VectorMap all = MapFit.of(settings("embed.map=whiten"), sample(400));
    VectorMap two = MapFit.of(settings("embed.map=whiten", "embed.size=2"), sample(400));
    assertEquals(2, two.size());
    float[] vector = sample(3).get(2);
    float[] kept = two.apply(vector);
    assertEquals(all.apply(vector)[0], kept[0]);
    assertEquals(all.apply(vector)[1], kept[1]);
  }

  @Test
  void theMeanAndTheLargestVarianceAreTakenAway() {
    List<float[]> sample = sample(400);
    double[][] before = covariance(sample);
    List<float[]> removed = mapped(MapFit.of(settings("embed.map=remove"), sample), sample);
    assertArrayEquals(new double[WIDTH], mean(removed), 1e-4);
    double expected = trace(before) - largest(before);
    assertEquals(expected, trace(covariance(removed)), 1e-4 * expected);
    List<float[]> twice =
        mapped(MapFit.of(settings("embed.map=remove", "embed.directions=2"), sample), sample);
    double less = expected - largest(covariance(removed));
    assertEquals(less, trace(covariance(twice)), 1e-3 * less);
  }

  @Test
  void whatDoesNotVaryIsNotWhitened() {
    List<float[]> flat = new ArrayList<>();
    for (float[] vector : sample(100)) {
      flat.add(new float[] {vector[0], 3, vector[1], vector[0] + vector[1]});
    }
    assertEquals(2, MapFit.of(settings("embed.map=whiten"), flat).size());
    SettingsException refused =
        assertThrows(
            SettingsException.class,
            () -> MapFit.of(settings("embed.map=whiten", "embed.size=3"), flat));
    assertTrue(
        refused.getMessage().contains("their vectors vary in 2 directions, expected at least 3"),
        refused.getMessage());
    for (int few : new int[] {0, 1}) {
      assertThrows(
          SettingsException.class, () -> MapFit.of(settings("embed.map=remove"), sample(few)));
    }
  }

  @Test
  void aMapIsReadAsItWasWritten(@TempDir Path directory) {
    VectorMap map = MapFit.of(settings("embed.map=whiten", "embed.size=2"), sample(50));
    Storage storage = new Storage(new Configuration());
    org.apache.hadoop.fs.Path file =
        new org.apache.hadoop.fs.Path(directory.resolve("map.safetensors").toUri());
    map.write(storage, file);
    VectorMap read = VectorMap.read(storage, file);
    assertArrayEquals(map.mean(), read.mean());
    assertArrayEquals(map.matrix(), read.matrix());
  }
}
