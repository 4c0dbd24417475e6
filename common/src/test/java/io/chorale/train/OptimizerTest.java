package io.chorale.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chorale.config.SettingsFile;
import io.chorale.config.TrainSettings;
import io.chorale.io.FloatVector;
import io.chorale.tensor.Device;
import io.chorale.tensor.FlatTensors;
import io.chorale.tensor.StepScope;
import io.chorale.tensor.TensorStore;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** Several steps of each optimizer against the formulas in plain Java. */
class OptimizerTest {
  private static final int SIZE = 40;
  private static final int DECAYED = 23;
  private static final double RATE = 0.05;
  private static final double DECAY = 0.1;

  private final float[] parameters = randoms(1);
  private final double[] expected = new double[SIZE];

  private static float[] randoms(long seed) {
    Random random = new Random(seed);
    float[] values = new float[SIZE];
    for (int i = 0; i < SIZE; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static FloatVector vector(float[] values) {
    FloatVector vector = new FloatVector(values.length);
    System.arraycopy(values, 0, vector.slice(0), 0, values.length);
    return vector;
  }

  private static TrainSettings settings(String... overrides) {
    return SettingsFile.read("test", "train: {weight-decay: 0.1}", List.of(overrides)).train();
  }

  /** Five steps, with the optimizer's state stored and restored after the second. */
  private FloatVector run(TrainSettings settings) {
    Map<String, FloatVector> state = new TreeMap<>();
    try (StepScope scope = new StepScope();
        FlatTensors tensors =
            new FlatTensors(Map.of("all", new long[] {SIZE}), torch.ScalarType.Float)) {
      tensors.load(vector(parameters));
      for (int[] range : new int[][] {{0, 2}, {2, 5}}) {
        try (WorkerState held = fresh(settings)) {
          state.forEach((name, moment) -> held.arrays().get(name).put(0, moment.slice(0)));
          Optimizer optimizer = Optimizer.of(settings, tensors, DECAYED, held, Device.CPU);
          for (int step = range[0]; step < range[1]; step++) {
            FlatTensors.write(vector(randoms(10 + step)), tensors.gradients());
            optimizer.step(RATE, step);
          }
          held.arrays().forEach((name, moment) -> state.put(name, vector(moment.slice(0))));
        }
      }
      return FlatTensors.read(tensors.values());
    }
  }

  private static WorkerState fresh(TrainSettings settings) {
    return new WorkerState(
        Optimizer.stateNames(settings).stream()
            .collect(Collectors.toMap(name -> name, name -> TensorStore.zeros(SIZE, Device.CPU))));
  }

  private void check(FloatVector actual) {
    for (int i = 0; i < SIZE; i++) {
      assertEquals(expected[i], actual.get(i), 2e-6, "element " + i);
    }
  }

  @Test
  void adamW() {
    double[] first = new double[SIZE];
    double[] second = new double[SIZE];
    for (int i = 0; i < SIZE; i++) {
      expected[i] = parameters[i];
    }
    for (int step = 0; step < 5; step++) {
      float[] gradients = randoms(10 + step);
      for (int i = 0; i < SIZE; i++) {
        first[i] = 0.8 * first[i] + 0.2 * gradients[i];
        second[i] = 0.95 * second[i] + 0.05 * gradients[i] * gradients[i];
        double mean = first[i] / (1 - Math.pow(0.8, step + 1));
        double variance = second[i] / (1 - Math.pow(0.95, step + 1));
        expected[i] *= 1 - (i < DECAYED ? RATE * DECAY : 0);
        expected[i] -= RATE * mean / (Math.sqrt(variance) + 1e-3);
      }
    }
    check(run(settings("train.beta1=0.8", "train.beta2=0.95", "train.epsilon=1.0e-3")));
  }

  @Test
  void sgdWithMomentum() {
    sgd(0.9);
  }

  @Test
  void sgdWithoutMomentum() {
    sgd(0);
  }

  private void sgd(double momentum) {
    double[] buffer = new double[SIZE];
    for (int i = 0; i < SIZE; i++) {
      expected[i] = parameters[i];
    }
    for (int step = 0; step < 5; step++) {
      float[] gradients = randoms(10 + step);
      for (int i = 0; i < SIZE; i++) {
        buffer[i] = momentum * buffer[i] + gradients[i];
        expected[i] *= 1 - (i < DECAYED ? RATE * DECAY : 0);
        expected[i] -= RATE * buffer[i];
      }
    }
    check(run(settings("train.optimizer=sgd", "train.momentum=" + momentum)));
  }
}
