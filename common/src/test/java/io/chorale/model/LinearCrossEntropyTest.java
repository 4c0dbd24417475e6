package io.chorale.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.data.Batch;
import io.chorale.data.Ids;
import io.chorale.tensor.Device;
import io.chorale.tensor.Engine;
import io.chorale.tensor.FlatTensors;
import io.chorale.tensor.Products;
import io.chorale.tensor.StepScope;
import io.chorale.tensor.Tape;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A loss and its way back piece by piece, beside libtorch's of all scores. */
class LinearCrossEntropyTest {
  private static final int WIDTH = 8;

  @BeforeAll
  static void start() {
    Engine.start();
  }

  /** A loss with the gradients of what was read and of all parameters. */
  private record Found(float loss, float[] ofHidden, float[] gradients) {}

  private static float[] floats(Tensor tensor) {
    Tensor flat = tensor.detach().contiguous().flatten(0, -1);
    float[] floats = new float[(int) flat.numel()];
    flat.data_ptr_float().capacity(floats.length).get(floats);
    return floats;
  }

  private static Found loss(
      Head head,
      ParameterLayout layout,
      Ids targets,
      double scale,
      boolean bfloat16,
      Optional<Products> products) {
    try (StepScope scope = new StepScope()) {
      torch.manual_seed(1);
      Tensor values = torch.randn(layout.size());
      Tensor hidden =
          torch
              .randn(targets.values().length, WIDTH)
              .mul(new Scalar(scale))
              .set_requires_grad(true);
      try (Weights w =
              Weights.trained(layout, FlatTensors.read(values), bfloat16, Device.CPU, products);
          Tape tape = new Tape()) {
        w.begin();
        Optional<Tensor> placed =
            head.crossEntropy(w, hidden, targets, Pass.training(Dropout.NONE, tape));
        assertEquals(products.isPresent(), placed.isPresent());
        Tensor loss =
            placed.orElseGet(
                () ->
                    torch.cross_entropy_loss(
                        head.forward(w, hidden), Device.CPU.ids(targets.values())));
        tape.backward(loss);
        w.gather();
        return new Found(loss.item_float(), floats(hidden.grad()), floats(w.flat().gradients()));
      }
    }
  }

  private static void assertClose(float[] expected, float[] found, double tolerance) {
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      difference = Math.max(difference, Math.abs(expected[i] - found[i]));
    }
    assertTrue(largest > 0);
    assertTrue(difference <= tolerance * largest, difference + " of " + largest);
  }

  @ParameterizedTest
  @CsvSource({
    "40, 7, 1, false", // one piece
    "1500, 7001, 1, false", // three
    "1500, 7001, 1, true", // three, in bfloat16
    "40, 70, 300, false", // probabilities that float32 cannot hold
  })
  void equalsLibtorch(int rows, int classes, double scale, boolean bfloat16) {
    assumeTrue(!bfloat16 || Engine.hasAvx512(), "NOT TESTED: bfloat16, which takes AVX-512");
    Settings settings = SettingsFile.read("test", "", List.of());
    Random random = new Random(3);
    Ids targets =
        Ids.of(
            IntStream.range(0, rows)
                .map(row -> row % 5 == 2 ? Batch.IGNORED : random.nextInt(classes))
                .toArray());
    Slots slots = new Slots();
    Head head = Head.of(slots, "head", settings, WIDTH, classes);
    ParameterLayout layout = slots.layout();
    Found expected = loss(head, layout, targets, scale, false, Optional.empty());
    Found found = loss(head, layout, targets, scale, bfloat16, Optional.of(Products.oneDnn()));
    double tolerance = bfloat16 ? 2e-2 : 1e-5;
    assertEquals(expected.loss(), found.loss(), tolerance * expected.loss());
    assertClose(expected.ofHidden(), found.ofHidden(), tolerance);
    assertClose(expected.gradients(), found.gradients(), tolerance);
  }

  @Test
  void whatIsNoNumberIsNone() {
    Slots slots = new Slots();
    Head head = Head.of(slots, "head", SettingsFile.read("test", "", List.of()), WIDTH, 5);
    Found found =
        loss(
            head,
            slots.layout(),
            Ids.of(0, 1, 2),
            Double.NaN,
            false,
            Optional.of(Products.oneDnn()));
    assertFalse(Double.isFinite(found.loss()));
  }

  private static Weights weights(ParameterLayout layout) {
    return Weights.trained(
        layout, layout.initial(1), false, Device.CPU, Optional.of(Products.oneDnn()));
  }

  /** The gradients are there before anybody can say what is made of the loss. */
  @Test
  void theWayBackBeginsFromTheLoss() {
    Slots slots = new Slots();
    Head head = Head.of(slots, "head", SettingsFile.read("test", "", List.of()), WIDTH, 5);
    try (StepScope scope = new StepScope();
        Weights w = weights(slots.layout());
        Tape tape = new Tape()) {
      Pass pass = Pass.training(Dropout.NONE, tape);
      Tensor hidden = torch.ones(2, WIDTH).set_requires_grad(true);
      Tensor loss = head.crossEntropy(w, hidden, Ids.of(0, 1), pass).orElseThrow();
      // Of a second one in the same step the memory would be that of the first.
      assertTrue(head.crossEntropy(w, hidden, Ids.of(0, 1), pass).isEmpty());
      assertThrows(IllegalStateException.class, () -> tape.backward(loss.mul(new Scalar(0.5))));
    }
  }

  @Test
  void withoutATargetThatCountsTheScoresAreComputed() {
    Slots slots = new Slots();
    Head head = Head.of(slots, "head", SettingsFile.read("test", "", List.of()), WIDTH, 5);
    try (StepScope scope = new StepScope();
        Weights w = weights(slots.layout());
        Tape tape = new Tape()) {
      Ids ignored = Ids.of(Batch.IGNORED, Batch.IGNORED);
      Pass pass = Pass.training(Dropout.NONE, tape);
      assertTrue(head.crossEntropy(w, torch.ones(2, WIDTH), ignored, pass).isEmpty());
      assertTrue(head.crossEntropy(w, torch.ones(1, WIDTH), Ids.of(1), Pass.reading()).isEmpty());
    }
  }
}
