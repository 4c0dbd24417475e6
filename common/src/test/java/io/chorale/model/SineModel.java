package io.chorale.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.chorale.config.Settings;
import io.chorale.tensor.FlatTensors;
import io.chorale.tensor.StepScope;
import java.util.Arrays;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A model in float64 whose parameters are known anywhere: element k of parameter a (names sorted)
 * is amplitude · sin(1.7 k + a). The programs in {@code scripts/peers} build the same in PyTorch.
 */
final class SineModel implements AutoCloseable {
  static final double TOLERANCE = 1e-12;

  final ParameterLayout layout;
  final FlatTensors weights;
  final Model model;
  private final StepScope scope = new StepScope();
  private final int vocabulary;

  SineModel(Settings settings, int vocabulary, int context, double amplitude) {
    this.vocabulary = vocabulary;
    layout = Models.layout(settings, vocabulary, context);
    weights = new FlatTensors(layout.shapes(), torch.ScalarType.Double);
    int a = 0;
    for (String name : new TreeSet<>(layout.shapes().keySet())) {
      ParameterLayout.Entry entry = layout.entry(name);
      for (int k = 0; k < entry.length(); k++) {
        set(entry.offset() + k, amplitude * Math.sin(1.7 * k + a));
      }
      a++;
    }
    model = Models.create(settings, weights, weights);
  }

  /** Token i of a row-major [rows, length] window is i squared, modulo V. */
  Tensor tokens(int rows, int length) {
    long[] ids = new long[rows * length];
    Arrays.setAll(ids, i -> (long) i * i % vocabulary);
    return torch.tensor(ids).view(rows, length);
  }

  /** Cross entropy; the target of each token is the following id. */
  Tensor loss(Tensor logits, Tensor inputs) {
    long[] ids = new long[(int) inputs.numel()];
    inputs.contiguous().data_ptr_long().get(ids);
    long[] targets = Arrays.stream(ids).map(id -> (id + 1) % vocabulary).toArray();
    return torch.cross_entropy_loss(logits.flatten(0, 1), torch.tensor(targets));
  }

  /** Goes backward from the loss and compares it, the logits and every gradient. */
  void assertEqualsGolden(JsonNode golden, Tensor logits, Tensor loss) {
    model.backward(loss);
    assertClose(golden.get("logits"), doubles(logits), "logits");
    assertEquals(golden.get("loss").asDouble(), loss.item_double(), TOLERANCE);
    assertEquals(golden.get("gradients").size(), layout.entries().size());
    for (String name : layout.shapes().keySet()) {
      assertClose(golden.get("gradients").get(name), doubles(weights.get(name).grad()), name);
    }
  }

  private static void assertClose(JsonNode expected, double[] actual, String what) {
    assertEquals(expected.size(), actual.length, what);
    for (int i = 0; i < actual.length; i++) {
      assertEquals(expected.get(i).asDouble(), actual[i], TOLERANCE, what + "[" + i + "]");
    }
  }

  /**
   * @param loss the same in every call
   * @param every which elements: every one, every second one, …
   */
  void assertFiniteDifferences(Supplier<Tensor> loss, int every, double step, double tolerance) {
    model.backward(loss.get());
    double[] gradients = doubles(weights.gradients());
    for (int i = 0; i < gradients.length; i += every) {
      double value = weights.values().data_ptr_double().get(i);
      set(i, value + step);
      double above = loss.get().item_double();
      set(i, value - step);
      double below = loss.get().item_double();
      set(i, value);
      assertEquals((above - below) / (2 * step), gradients[i], tolerance, "parameter " + i);
    }
  }

  /**
   * @param loss the same in every call
   */
  void assertGradientsAdd(Supplier<Tensor> loss) {
    model.backward(loss.get());
    double[] once = doubles(weights.gradients());
    model.backward(loss.get());
    double[] twice = doubles(weights.gradients());
    for (int i = 0; i < once.length; i++) {
      assertEquals(2 * once[i], twice[i], TOLERANCE);
    }
  }

  static double[] doubles(Tensor tensor) {
    double[] values = new double[(int) tensor.numel()];
    tensor.detach().to(torch.ScalarType.Double).contiguous().data_ptr_double().get(values);
    return values;
  }

  private void set(long index, double value) {
    weights.values().data_ptr_double().put(index, value);
  }

  @Override
  public void close() {
    model.close();
    weights.close();
    scope.close();
  }
}
