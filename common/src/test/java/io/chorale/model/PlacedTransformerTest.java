package io.chorale.model;

import static io.chorale.model.BackbonePass.assertClose;
import static io.chorale.model.BackbonePass.floats;
import static io.chorale.model.PlacedCase.assertClose;
import static io.chorale.model.PlacedCase.packed;
import static io.chorale.model.PlacedCase.read;
import static io.chorale.model.PlacedCase.run;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.io.FloatVector;
import io.chorale.model.Backbone.Form;
import io.chorale.tensor.AtenProducts;
import io.chorale.tensor.Device;
import io.chorale.tensor.Engine;
import io.chorale.tensor.FlatTensors;
import io.chorale.tensor.Products;
import io.chorale.tensor.StepScope;
import io.chorale.tensor.Tape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The way back that is written by hand, beside autograd's. */
class PlacedTransformerTest {
  private static final int CONTEXT = PlacedCase.CONTEXT;
  private static final int LESS = PlacedCase.LESS;
  private static final int WIDTH = PlacedCase.WIDTH;

  static Stream<PlacedCase> cases() {
    return PlacedCase.cases();
  }

  @BeforeAll
  static void start() {
    Engine.start();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsAutograd(PlacedCase one) {
    PlacedCase.Found expected = run(one, false, Optional.empty());
    for (Supplier<Products> products :
        List.<Supplier<Products>>of(AtenProducts::new, Products::oneDnn)) {
      assertClose(expected, run(one, false, Optional.of(products.get())), 1e-5);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void inBfloat16ItIsAsNearToFloat32AsAutograd(PlacedCase one) {
    assumeTrue(Engine.hasAvx512(), "NOT TESTED: bfloat16, which takes AVX-512");
    PlacedCase.Found exact = run(one, false, Optional.empty());
    PlacedCase.Found rounded = run(one, true, Optional.empty());
    PlacedCase.Found found = run(one, true, Optional.of(Products.oneDnn()));
    // What adapters add is rounded once more.
    double times = one.all().lora().given() ? 3 : 1.5;
    assertTrue(
        error(exact, found) < times * error(exact, rounded) + 1e-3,
        () -> error(exact, found) + " and " + error(exact, rounded));
    assertTrue(error(exact, found) > 1e-4, "nothing was rounded");
  }

  /** The root of the mean squared error of gradients, as a share of theirs. */
  private static double error(PlacedCase.Found exact, PlacedCase.Found found) {
    double errors = 0;
    double squares = 0;
    for (int i = 0; i < exact.gradients().length; i++) {
      errors += Math.pow(exact.gradients()[i] - found.gradients()[i], 2);
      squares += Math.pow(exact.gradients()[i], 2);
    }
    return Math.sqrt(errors / squares);
  }

  /** Batches of one training after each other: what one left must not be in the next. */
  @Test
  void memoryFollowsTheShapeOfABatch() {
    List<Lengths> batches =
        List.of(
            Lengths.equal(2, CONTEXT),
            Lengths.of(new int[] {90, 100, 7}, 100),
            Lengths.of(new int[] {5, LESS}, LESS),
            Lengths.equal(2, LESS),
            Lengths.equal(2, CONTEXT));
    PlacedCase longest = new PlacedCase(List.of(), Form.BOTH_WAYS, batches.get(1), 0);
    Slots slots = new Slots();
    Backbone backbone = Backbone.of(slots, "", longest.all(), longest.form(), 100);
    ParameterLayout layout = slots.layout();
    List<List<float[]>> gradients = new ArrayList<>();
    for (Optional<Products> products :
        List.of(Optional.<Products>empty(), Optional.of(Products.oneDnn()))) {
      List<float[]> found = new ArrayList<>();
      try (StepScope all = new StepScope()) {
        torch.manual_seed(1);
        FloatVector parameters = FlatTensors.read(torch.randn(layout.size()).mul(new Scalar(0.3)));
        try (Weights w = Weights.trained(layout, parameters, false, Device.CPU, products)) {
          for (Lengths lengths : batches) {
            try (StepScope scope = new StepScope();
                Tape tape = new Tape()) {
              w.begin();
              torch.manual_seed(2);
              Tensor x = torch.randn(lengths.batch(), lengths.longest(), WIDTH);
              Tensor counted = lengths.mask(Device.CPU).unsqueeze(2).to(torch.ScalarType.Float);
              Pass pass = Pass.training(Dropout.NONE, tape);
              Sequence read = new Sequence.Vectors(x.mul(counted), lengths);
              Tensor y = backbone.forward(w, read, State.NONE, pass).values();
              tape.backward(y.mul(counted).mul(x).sum());
              found.add(floats(w.flat().gradients()));
            }
          }
        }
      }
      gradients.add(found);
    }
    for (int batch = 0; batch < batches.size(); batch++) {
      assertClose("batch " + batch, gradients.get(0).get(batch), gradients.get(1).get(batch), 1e-5);
    }
  }

  /** Of two passes of a step each has memory of its own. */
  @Test
  void twoPassesOfOneStepDoNotDisturbEachOther() {
    PlacedCase one = new PlacedCase(List.of(), Form.CAUSAL, Lengths.equal(2, CONTEXT), 0);
    Slots slots = new Slots();
    Backbone backbone = Backbone.of(slots, "", one.all(), one.form(), CONTEXT);
    ParameterLayout layout = slots.layout();
    List<float[]> gradients = new ArrayList<>();
    for (Optional<Products> products :
        List.of(Optional.<Products>empty(), Optional.of(Products.oneDnn()))) {
      try (StepScope scope = new StepScope()) {
        torch.manual_seed(1);
        FloatVector parameters = FlatTensors.read(torch.randn(layout.size()));
        Tensor x = torch.randn(2, CONTEXT, WIDTH).set_requires_grad(true);
        Tensor other = torch.randn(2, CONTEXT, WIDTH);
        try (Weights w = Weights.trained(layout, parameters, false, Device.CPU, products);
            Tape tape = new Tape()) {
          w.begin();
          Pass pass = Pass.training(Dropout.NONE, tape);
          Tensor y =
              backbone
                  .forward(w, new Sequence.Vectors(x, one.lengths()), State.NONE, pass)
                  .values();
          Tensor z =
              backbone
                  .forward(w, new Sequence.Vectors(other, one.lengths()), State.NONE, pass)
                  .values();
          tape.backward(y.mul(z).sum());
          gradients.add(floats(w.flat().gradients()));
        }
      }
    }
    assertClose("gradients", gradients.get(0), gradients.get(1), 1e-5);
  }

  /** What a step gives does not depend on what was computed before it, or where. */
  @ParameterizedTest
  @MethodSource("cases")
  void repeatsItsBytes(PlacedCase one) {
    PlacedCase.Found first = run(one, false, Optional.of(Products.oneDnn()));
    PlacedCase.Found second = run(one, false, Optional.of(Products.oneDnn()));
    assertArrayEquals(first.y(), second.y());
    assertArrayEquals(first.gradients(), second.gradients());
  }

  /** Blocks that are computed again give what they gave. */
  @Test
  void recomputingChangesNoByte() {
    for (PlacedCase plain :
        List.of(
            new PlacedCase(List.of("attention.bias=true"), Form.CAUSAL, Lengths.equal(2, 70), 0.2),
            new PlacedCase(
                List.of("attention.bias=true"),
                Form.WITH_MEMORY,
                Lengths.equal(2, CONTEXT),
                Optional.of(Lengths.of(new int[] {5, LESS}, LESS)),
                0.2))) {
      PlacedCase again =
          new PlacedCase(
              List.of("attention.bias=true", "attention.recompute=true"),
              plain.form(),
              plain.lengths(),
              plain.memory(),
              plain.dropout());
      PlacedCase.Found expected = run(plain, false, Optional.of(Products.oneDnn()));
      PlacedCase.Found found = run(again, false, Optional.of(Products.oneDnn()));
      assertArrayEquals(expected.y(), found.y());
      assertArrayEquals(expected.gradients(), found.gradients());
    }
  }

  /** Passes without a way back, whose state the next steps go on from. */
  @ParameterizedTest
  @MethodSource("cases")
  void readsAsAutogradDoes(PlacedCase one) {
    List<float[]> found = new ArrayList<>();
    List<List<float[]>> states = new ArrayList<>();
    Slots slots = new Slots(one.all().lora().given());
    Backbone backbone = one.backbone(slots);
    ParameterLayout layout = slots.layout();
    for (String products : List.of("aten", "onednn")) {
      try (StepScope scope = new StepScope();
          NoGradGuard guard = new NoGradGuard()) {
        torch.manual_seed(1);
        FloatVector parameters = FlatTensors.read(torch.randn(layout.size()).mul(new Scalar(0.3)));
        long length = one.lengths().longest();
        Tensor counted = one.lengths().mask(Device.CPU).unsqueeze(2).to(torch.ScalarType.Float);
        Tensor x = torch.randn(one.lengths().batch(), length, WIDTH).mul(counted);
        Tensor seen =
            torch.randn(one.lengths().batch(), one.memory().map(Lengths::longest).orElse(1), WIDTH);
        Settings settings = SettingsFile.with(one.all(), "train.products=" + products);
        Optional<BaseWeights> base = PlacedCase.base(slots.base(), false);
        try (Weights w = Weights.frozen(layout, parameters, settings.train(), Device.CPU, base)) {
          Sequence read = new Sequence.Vectors(x, one.lengths());
          // What came before stays as it is.
          Backbone.Output y =
              one.memory().isEmpty()
                  ? backbone.forward(w, read, State.NONE, Pass.goingOn())
                  : backbone.forward(
                      w,
                      read,
                      new Memory(seen, one.memory().orElseThrow(), State.NONE, List.of()),
                      State.NONE,
                      Pass.goingOn());
          read(
              one, backbone, w, new Sequence.Vectors(x.neg(), one.lengths()), seen, Pass.reading());
          found.add(floats(y.values().mul(counted)));
          states.add(y.last().tensors().stream().map(BackbonePass::floats).toList());
          assertEquals(
              products.equals("onednn"),
              w.products().isPresent() && !w.products().get().kernels().isEmpty());
        }
      }
    }
    assertClose("results", found.get(0), found.get(1), 1e-5);
    assertEquals(states.get(0).size(), states.get(1).size());
    for (int i = 0; i < states.get(0).size(); i++) {
      assertClose("state " + i, states.get(0).get(i), states.get(1).get(i), 1e-5);
    }
  }

  /** Of very long rows, of those that share too many documents, and of all pairs computed again. */
  @Test
  void whatLibtorchDoesAsFastIsLeftToIt() {
    record Row(Form form, Lengths lengths, boolean placed) {}
    for (Row row :
        List.of(
            new Row(Form.CAUSAL, Lengths.equal(1, 4 * WIDTH), true),
            new Row(Form.CAUSAL, Lengths.equal(1, 4 * WIDTH + 1), false),
            new Row(Form.BOTH_WAYS, Lengths.equal(1, WIDTH), true),
            new Row(Form.BOTH_WAYS, Lengths.equal(1, WIDTH + 1), false),
            new Row(Form.CAUSAL, packed(2 * WIDTH, 9), true),
            new Row(Form.CAUSAL, packed(2 * WIDTH + 1, 9), false))) {
      PlacedCase one = new PlacedCase(List.of("attention.heads=8"), row.form(), row.lengths(), 0);
      Products products = Products.oneDnn();
      run(one, false, Optional.of(products));
      assertEquals(row.placed(), !products.kernels().isEmpty(), row::toString);
    }
  }
}
