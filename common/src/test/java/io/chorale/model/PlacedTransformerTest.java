package io.chorale.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.data.Ids;
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
  private static final int CONTEXT = 16;

  /** Of rows that are made longer. */
  private static final int LESS = 13;

  private static final int WIDTH = 32;

  @BeforeAll
  static void start() {
    Engine.start();
  }

  /**
   * A stack, what it reads, and how.
   *
   * @param memory of one that looks at a memory, the lengths of that
   */
  private record Case(
      List<String> settings, Form form, Lengths lengths, Optional<Lengths> memory, double dropout) {
    Case(List<String> settings, Form form, Lengths lengths, double dropout) {
      this(settings, form, lengths, Optional.empty(), dropout);
    }

    Backbone backbone(Slots slots) {
      return new Transformer(slots, "", all(), form, lengths.longest(), 0);
    }

    Settings all() {
      List<String> all =
          new ArrayList<>(
              List.of(
                  "model.layers=3",
                  "model.width=" + WIDTH,
                  "attention.heads=2",
                  "attention.feed-forward=20"));
      all.addAll(settings);
      return SettingsFile.read("test", "", all);
    }
  }

  static Stream<Case> cases() {
    Lengths equal = Lengths.equal(3, CONTEXT);
    Lengths ragged = Lengths.of(new int[] {5, CONTEXT, 1}, CONTEXT);
    Lengths shorter = Lengths.of(new int[] {5, 1, LESS}, LESS);
    List<Case> cases = new ArrayList<>();
    for (Form form : List.of(Form.CAUSAL, Form.BOTH_WAYS)) {
      cases.add(new Case(List.of("attention.bias=true"), form, shorter, 0));
      cases.add(new Case(List.of("attention.bias=true"), form, Lengths.equal(2, LESS), 0));
      // More queries than are taken at a time.
      cases.add(new Case(List.of(), form, Lengths.equal(2, 120), 0));
      Lengths longer = Lengths.of(new int[] {200, 3, 70}, 200);
      cases.add(new Case(List.of("attention.heads=1"), form, longer, 0));
      for (Lengths lengths : List.of(equal, ragged)) {
        cases.add(new Case(List.of(), form, lengths, 0));
        cases.add(
            new Case(
                List.of(
                    "attention.norm=rms",
                    "attention.activation=swiglu",
                    "attention.positions=rotary"),
                form,
                lengths,
                0));
        // The masks are those of autograd where as many are drawn.
        cases.add(new Case(List.of("attention.bias=true"), form, lengths, 0.3));
        cases.add(
            new Case(
                List.of("attention.bias=true", "attention.activation=swiglu"), form, lengths, 0));
      }
    }
    cases.addAll(others(equal, shorter));
    return cases.stream();
  }

  /** Of documents that share rows, blocks that are computed again, memories, and long rows. */
  private static List<Case> others(Lengths equal, Lengths shorter) {
    List<Case> cases = new ArrayList<>();
    List<String> rotary = List.of("attention.positions=rotary", "attention.norm=rms");
    List<String> again = List.of("attention.recompute=true", "attention.bias=true");
    cases.add(new Case(List.of(), Form.CAUSAL, packed(LESS, 4), 0));
    cases.add(new Case(rotary, Form.CAUSAL, packed(CONTEXT, 7), 0));
    cases.add(new Case(List.of("attention.heads=1"), Form.CAUSAL, packed(64, 29), 0.3));
    cases.add(new Case(again, Form.CAUSAL, packed(CONTEXT, 5), 0.3));
    cases.add(new Case(again, Form.CAUSAL, equal, 0.3));
    cases.add(new Case(again, Form.BOTH_WAYS, shorter, 0));
    for (Lengths memory : List.of(Lengths.equal(3, 24), Lengths.of(new int[] {3, 70, 5}, 70))) {
      Optional<Lengths> seen = Optional.of(memory);
      cases.add(new Case(List.of(), Form.WITH_MEMORY, shorter, seen, 0));
      cases.add(new Case(again, Form.WITH_MEMORY, equal, seen, 0.3));
      cases.add(new Case(rotary, Form.WITH_MEMORY, Lengths.equal(3, 104), seen, 0.3));
    }
    // Longer than softmaxes are kept for.
    List<String> narrow = List.of("attention.heads=8");
    Lengths longer = Lengths.of(new int[] {72, 20}, 72);
    cases.add(new Case(narrow, Form.CAUSAL, longer, 0));
    Optional<Lengths> seen = Optional.of(Lengths.of(new int[] {5, LESS}, LESS));
    cases.add(new Case(narrow, Form.WITH_MEMORY, longer, seen, 0));
    return cases;
  }

  /**
   * Two rows of documents of that many tokens, the last of a row of fewer; the second is shorter.
   */
  private static Lengths packed(int length, int document) {
    int[] lengths = {length, length - 3};
    int[] places = new int[2 * length];
    for (int row = 0; row < 2; row++) {
      for (int step = 0; step < lengths[row]; step++) {
        places[row * length + step] = step % document;
      }
    }
    return Lengths.packed(new Ids(places, length, lengths));
  }

  /**
   * A pass and its way back.
   *
   * @param y what was given, where it is no padding
   * @param ofX the gradient of what was read
   * @param ofMemory that of the memory, or of nothing
   * @param gradients of all parameters
   */
  private record Found(float[] y, float[] ofX, float[] ofMemory, float[] gradients) {}

  private static float[] floats(Tensor tensor) {
    Tensor flat = tensor.detach().to(torch.ScalarType.Float).contiguous().flatten(0, -1);
    float[] floats = new float[(int) flat.numel()];
    flat.data_ptr_float().capacity(floats.length).get(floats);
    return floats;
  }

  /** Goes twice: the second time over memory that is there. */
  private static Found run(Case one, boolean bfloat16, Optional<Products> products) {
    Slots slots = new Slots();
    Backbone backbone = one.backbone(slots);
    ParameterLayout layout = slots.layout();
    try (StepScope scope = new StepScope()) {
      torch.manual_seed(1);
      Tensor values = torch.randn(layout.size()).mul(new Scalar(0.3));
      FloatVector parameters = FlatTensors.read(values);
      long batch = one.lengths().batch();
      long length = one.lengths().longest();
      Tensor x = torch.randn(batch, length, WIDTH).set_requires_grad(true);
      Tensor counted = one.lengths().mask(Device.CPU).unsqueeze(2).to(torch.ScalarType.Float);
      Tensor wanted = torch.randn(batch, length, WIDTH).mul(counted);
      Tensor seen =
          torch
              .randn(batch, one.memory().map(Lengths::longest).orElse(1), WIDTH)
              .set_requires_grad(true);
      try (Weights w = Weights.trained(layout, parameters, bfloat16, Device.CPU, products)) {
        Tensor y = null;
        for (int time = 0; time < 2; time++) {
          w.begin();
          x.mutable_grad().put(torch.zeros_like(x));
          seen.mutable_grad().put(torch.zeros_like(seen));
          try (Tape tape = new Tape()) {
            Pass pass = Pass.training(Dropout.seeded(one.dropout(), 5), tape);
            Sequence read = new Sequence.Vectors(x.mul(counted), one.lengths());
            y = read(one, backbone, w, read, seen, pass);
            tape.backward(y.mul(wanted).sum());
          }
          w.gather();
        }
        return new Found(
            floats(y.mul(counted)),
            floats(x.grad()),
            floats(seen.grad()),
            floats(w.flat().gradients()));
      }
    }
  }

  private static Tensor read(
      Case one, Backbone backbone, Weights w, Sequence read, Tensor seen, Pass pass) {
    if (one.memory().isEmpty()) {
      return backbone.forward(w, read, State.NONE, pass).values();
    }
    Memory memory =
        new Memory(
            seen.mul(new Scalar(2)), one.memory().orElseThrow(), State.NONE, List.<Tensor>of());
    return backbone.forward(w, read, memory, State.NONE, pass).values();
  }

  private static void assertClose(String what, float[] expected, float[] found, double tolerance) {
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      difference = Math.max(difference, Math.abs(expected[i] - found[i]));
    }
    assertTrue(largest > 0, what);
    assertTrue(difference <= tolerance * largest, what + ": " + difference + " of " + largest);
  }

  private static void assertClose(Found expected, Found found, double tolerance) {
    assertClose("results", expected.y(), found.y(), tolerance);
    assertClose("gradient of what was read", expected.ofX(), found.ofX(), tolerance);
    assertEquals(sum(expected.ofMemory()) > 0, sum(found.ofMemory()) > 0);
    if (sum(expected.ofMemory()) > 0) {
      assertClose("gradient of the memory", expected.ofMemory(), found.ofMemory(), tolerance);
    }
    assertClose("gradients", expected.gradients(), found.gradients(), tolerance);
  }

  private static double sum(float[] gradients) {
    double sum = 0;
    for (float gradient : gradients) {
      sum += Math.abs(gradient);
    }
    return sum;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsAutograd(Case one) {
    Found expected = run(one, false, Optional.empty());
    for (Supplier<Products> products :
        List.<Supplier<Products>>of(AtenProducts::new, Products::oneDnn)) {
      assertClose(expected, run(one, false, Optional.of(products.get())), 1e-5);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void inBfloat16ItIsAsNearToFloat32AsAutograd(Case one) {
    assumeTrue(Engine.hasAvx512(), "NOT TESTED: bfloat16, which takes AVX-512");
    Found exact = run(one, false, Optional.empty());
    Found rounded = run(one, true, Optional.empty());
    Found found = run(one, true, Optional.of(Products.oneDnn()));
    assertTrue(
        error(exact, found) < 1.5 * error(exact, rounded) + 1e-3,
        () -> error(exact, found) + " and " + error(exact, rounded));
    assertTrue(error(exact, found) > 1e-4, "nothing was rounded");
  }

  /** The root of the mean squared error of gradients, as a share of theirs. */
  private static double error(Found exact, Found found) {
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
    Case longest = new Case(List.of(), Form.BOTH_WAYS, batches.get(1), 0);
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
    Case one = new Case(List.of(), Form.CAUSAL, Lengths.equal(2, CONTEXT), 0);
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
  void repeatsItsBytes(Case one) {
    Found first = run(one, false, Optional.of(Products.oneDnn()));
    Found second = run(one, false, Optional.of(Products.oneDnn()));
    assertArrayEquals(first.y(), second.y());
    assertArrayEquals(first.gradients(), second.gradients());
  }

  /** Blocks that are computed again give what they gave. */
  @Test
  void recomputingChangesNoByte() {
    for (Case plain :
        List.of(
            new Case(List.of("attention.bias=true"), Form.CAUSAL, Lengths.equal(2, 70), 0.2),
            new Case(
                List.of("attention.bias=true"),
                Form.WITH_MEMORY,
                Lengths.equal(2, CONTEXT),
                Optional.of(Lengths.of(new int[] {5, LESS}, LESS)),
                0.2))) {
      Case again =
          new Case(
              List.of("attention.bias=true", "attention.recompute=true"),
              plain.form(),
              plain.lengths(),
              plain.memory(),
              plain.dropout());
      Found expected = run(plain, false, Optional.of(Products.oneDnn()));
      Found found = run(again, false, Optional.of(Products.oneDnn()));
      assertArrayEquals(expected.y(), found.y());
      assertArrayEquals(expected.gradients(), found.gradients());
    }
  }

  /** Passes without a way back, whose state the next steps go on from. */
  @ParameterizedTest
  @MethodSource("cases")
  void readsAsAutogradDoes(Case one) {
    List<float[]> found = new ArrayList<>();
    List<List<float[]>> states = new ArrayList<>();
    Slots slots = new Slots();
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
        try (Weights w = Weights.frozen(layout, parameters, settings.train(), Device.CPU)) {
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
          states.add(y.last().tensors().stream().map(PlacedTransformerTest::floats).toList());
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
      Case one = new Case(List.of("attention.heads=8"), row.form(), row.lengths(), 0);
      Products products = Products.oneDnn();
      run(one, false, Optional.of(products));
      assertEquals(row.placed(), !products.kernels().isEmpty(), row::toString);
    }
  }
}
