package io.chorale.model;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.io.FloatVector;
import io.chorale.model.Backbone.Form;
import io.chorale.tensor.Device;
import io.chorale.tensor.FlatTensors;
import io.chorale.tensor.Products;
import io.chorale.tensor.StepScope;
import io.chorale.tensor.Tape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A pass through a backbone and its way back, for tests that compare two ways to compute it.
 *
 * @param y what was given, where it is no padding
 * @param ofX the gradient of what was read
 * @param gradients of all parameters
 */
record BackbonePass(float[] y, float[] ofX, float[] gradients) {
  static final int WIDTH = 32;

  /** A stack, what it reads, and how. */
  record Case(List<String> settings, Form form, Lengths lengths, double dropout) {
    Settings all() {
      List<String> all = new ArrayList<>(List.of("model.layers=3", "model.width=" + WIDTH));
      if (settings.stream().noneMatch(setting -> setting.startsWith("model.kind="))) {
        all.addAll(List.of("attention.heads=2", "attention.feed-forward=20"));
      }
      all.addAll(settings);
      return SettingsFile.read("test", "", all);
    }
  }

  static float[] floats(Tensor tensor) {
    Tensor flat = tensor.detach().to(torch.ScalarType.Float).contiguous().flatten(0, -1);
    float[] floats = new float[(int) flat.numel()];
    flat.data_ptr_float().capacity(floats.length).get(floats);
    return floats;
  }

  /** Goes twice: the second time over memory that is there. */
  static BackbonePass run(Case one, boolean bfloat16, Optional<Products> products) {
    Settings settings = one.all();
    Slots slots = new Slots();
    Backbone backbone = Backbone.of(slots, "", settings, one.form(), one.lengths().longest());
    ParameterLayout layout = slots.layout();
    try (StepScope scope = new StepScope()) {
      torch.manual_seed(1);
      Tensor values = torch.randn(layout.size()).mul(new Scalar(0.3));
      FloatVector parameters = FlatTensors.read(values);
      long length = one.lengths().longest();
      Tensor x = torch.randn(one.lengths().batch(), length, WIDTH).set_requires_grad(true);
      Tensor counted = one.lengths().mask(Device.CPU).unsqueeze(2).to(torch.ScalarType.Float);
      Tensor wanted = torch.randn(one.lengths().batch(), length, backbone.width()).mul(counted);
      try (Weights w = Weights.trained(layout, parameters, bfloat16, Device.CPU, products)) {
        Tensor y = null;
        for (int time = 0; time < 2; time++) {
          w.begin();
          x.mutable_grad().put(torch.zeros_like(x));
          try (Tape tape = new Tape()) {
            Pass pass = Pass.training(Dropout.seeded(one.dropout(), 5), tape);
            y =
                backbone
                    .forward(
                        w, new Sequence.Vectors(x.mul(counted), one.lengths()), State.NONE, pass)
                    .values();
            tape.backward(y.mul(wanted).sum());
          }
          w.gather();
        }
        return new BackbonePass(
            floats(y.mul(counted)), floats(x.grad()), floats(w.flat().gradients()));
      }
    }
  }

  static void assertClose(String what, float[] expected, float[] found, double tolerance) {
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      difference = Math.max(difference, Math.abs(expected[i] - found[i]));
    }
    assertTrue(largest > 0, what);
    assertTrue(difference <= tolerance * largest, what + ": " + difference + " of " + largest);
  }

  void assertEqualTo(BackbonePass found, double tolerance) {
    assertClose("results", y, found.y(), tolerance);
    assertClose("gradient of what was read", ofX, found.ofX(), tolerance);
    assertClose("gradients", gradients, found.gradients(), tolerance);
  }

  /** The root of the mean squared error of another one's gradients, as a share of theirs. */
  double error(BackbonePass found) {
    double errors = 0;
    double squares = 0;
    for (int i = 0; i < gradients.length; i++) {
      errors += Math.pow(gradients[i] - found.gradients()[i], 2);
      squares += Math.pow(gradients[i], 2);
    }
    return Math.sqrt(errors / squares);
  }
}
