package io.chorale.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.chorale.config.Settings;
import io.chorale.tensor.Device;
import io.chorale.tensor.StepScope;
import io.chorale.tensor.Tape;
import java.util.Arrays;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A language model in float64 whose parameters are known anywhere: element k of parameter a (names
 * sorted) is amplitude · sin(1.7 k + a). The programs in {@code scripts/peers} build the same in
 * PyTorch.
 */
final class SineModel implements AutoCloseable {
  static final double TOLERANCE = 1e-12;

  final ParameterLayout layout;
  final Weights weights;
  private final Embedding embedding;
  private final Backbone backbone;
  private final Head head;
  private final StepScope scope = new StepScope();
  private final int vocabulary;
  private Tape tape = new Tape();

  /** What it computes: logits [B, T, V]. */
  record Output(Tensor logits, State state) {}

  SineModel(Settings settings, int vocabulary, int context, double amplitude) {
    this.vocabulary = vocabulary;
    Slots slots = new Slots();
    embedding = Embedding.of(slots, "embedding", settings, vocabulary);
    backbone = Backbone.of(slots, "", settings, Backbone.Form.CAUSAL, context);
    head = Head.overVocabulary(slots, "head", settings, embedding, backbone.width(), vocabulary);
    layout = slots.layout();
    weights = sines(layout, amplitude);
  }

  /** Weights in float64 whose elements are sines. */
  static Weights sines(ParameterLayout layout, double amplitude) {
    Weights weights = Weights.trained(layout, torch.ScalarType.Double, Device.CPU);
    int a = 0;
    for (String name : new TreeSet<>(layout.shapes().keySet())) {
      ParameterLayout.Entry entry = layout.entry(name);
      for (int k = 0; k < entry.length(); k++) {
        set(weights, entry.offset() + k, amplitude * Math.sin(1.7 * k + a));
      }
      a++;
    }
    return weights;
  }

  /** A pass to go backward from. */
  Output forward(Tensor ids, State state, Dropout dropout) {
    tape.close();
    tape = new Tape();
    return forward(ids, state, Pass.training(dropout, tape));
  }

  /** A pass without a way back. */
  Output read(Tensor ids, State state) {
    try (NoGradGuard guard = new NoGradGuard()) {
      return forward(ids, state, Pass.goingOn());
    }
  }

  private Output forward(Tensor ids, State state, Pass pass) {
    Lengths lengths = Lengths.equal((int) ids.size(0), (int) ids.size(1));
    Backbone.Output read =
        backbone.forward(weights, embedding.forward(weights, ids, lengths), state, pass);
    return new Output(head.forward(weights, read.values()), read.last());
  }

  /** Goes backward from a loss of the last {@link #forward}. */
  void backward(Tensor loss) {
    tape.backward(loss);
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
    backward(loss);
    assertClose(golden.get("logits"), doubles(logits), "logits");
    assertEquals(golden.get("loss").asDouble(), loss.item_double(), TOLERANCE);
    assertEquals(golden.get("gradients").size(), layout.entries().size());
    for (String name : layout.shapes().keySet()) {
      assertClose(
          golden.get("gradients").get(name), doubles(weights.flat().get(name).grad()), name);
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
    backward(loss.get());
    double[] gradients = doubles(weights.flat().gradients());
    for (int i = 0; i < gradients.length; i += every) {
      double value = weights.flat().values().data_ptr_double().get(i);
      set(weights, i, value + step);
      double above = loss.get().item_double();
      set(weights, i, value - step);
      double below = loss.get().item_double();
      set(weights, i, value);
      assertEquals((above - below) / (2 * step), gradients[i], tolerance, "parameter " + i);
    }
  }

  /**
   * @param loss the same in every call
   */
  void assertGradientsAdd(Supplier<Tensor> loss) {
    backward(loss.get());
    double[] once = doubles(weights.flat().gradients());
    backward(loss.get());
    double[] twice = doubles(weights.flat().gradients());
    for (int i = 0; i < once.length; i++) {
      assertEquals(2 * once[i], twice[i], TOLERANCE);
    }
  }

  static double[] doubles(Tensor tensor) {
    double[] values = new double[(int) tensor.numel()];
    tensor.detach().to(torch.ScalarType.Double).contiguous().data_ptr_double().get(values);
    return values;
  }

  private static void set(Weights weights, long index, double value) {
    weights.flat().values().data_ptr_double().put(index, value);
  }

  @Override
  public void close() {
    tape.close();
    weights.close();
    scope.close();
  }
}
