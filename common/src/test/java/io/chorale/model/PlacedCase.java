package io.chorale.model;

import static io.chorale.model.BackbonePass.floats;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chorale.config.LoraSettings;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.data.Ids;
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
import java.util.stream.Stream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A stack, what it reads, and how.
 *
 * @param memory of one that looks at a memory, the lengths of that
 */
record PlacedCase(
    List<String> settings, Form form, Lengths lengths, Optional<Lengths> memory, double dropout) {
  PlacedCase(List<String> settings, Form form, Lengths lengths, double dropout) {
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

  static final int CONTEXT = 16;

  /** Of rows that are made longer. */
  static final int LESS = 13;

  static final int WIDTH = 32;

  static Stream<PlacedCase> cases() {
    Lengths equal = Lengths.equal(3, CONTEXT);
    Lengths ragged = Lengths.of(new int[] {5, CONTEXT, 1}, CONTEXT);
    Lengths shorter = Lengths.of(new int[] {5, 1, LESS}, LESS);
    List<PlacedCase> cases = new ArrayList<>();
    for (Form form : List.of(Form.CAUSAL, Form.BOTH_WAYS)) {
      cases.add(new PlacedCase(List.of("attention.bias=true"), form, shorter, 0));
      cases.add(new PlacedCase(List.of("attention.bias=true"), form, Lengths.equal(2, LESS), 0));
      // More queries than are taken at a time.
      cases.add(new PlacedCase(List.of(), form, Lengths.equal(2, 120), 0));
      Lengths longer = Lengths.of(new int[] {200, 3, 70}, 200);
      cases.add(new PlacedCase(List.of("attention.heads=1"), form, longer, 0));
      for (Lengths lengths : List.of(equal, ragged)) {
        cases.add(new PlacedCase(List.of(), form, lengths, 0));
        cases.add(
            new PlacedCase(
                List.of(
                    "attention.norm=rms",
                    "attention.activation=swiglu",
                    "attention.positions=rotary"),
                form,
                lengths,
                0));
        // The masks are those of autograd where as many are drawn.
        cases.add(new PlacedCase(List.of("attention.bias=true"), form, lengths, 0.3));
        cases.add(
            new PlacedCase(
                List.of("attention.bias=true", "attention.activation=swiglu"), form, lengths, 0));
      }
    }
    cases.addAll(others(equal, shorter));
    return cases.stream();
  }

  /** Of documents that share rows, blocks that are computed again, memories, and long rows. */
  private static List<PlacedCase> others(Lengths equal, Lengths shorter) {
    List<PlacedCase> cases = new ArrayList<>();
    List<String> rotary = List.of("attention.positions=rotary", "attention.norm=rms");
    List<String> again = List.of("attention.recompute=true", "attention.bias=true");
    cases.add(new PlacedCase(List.of(), Form.CAUSAL, packed(LESS, 4), 0));
    cases.add(new PlacedCase(rotary, Form.CAUSAL, packed(CONTEXT, 7), 0));
    cases.add(new PlacedCase(List.of("attention.heads=1"), Form.CAUSAL, packed(64, 29), 0.3));
    cases.add(new PlacedCase(again, Form.CAUSAL, packed(CONTEXT, 5), 0.3));
    cases.add(new PlacedCase(again, Form.CAUSAL, equal, 0.3));
    cases.add(new PlacedCase(again, Form.BOTH_WAYS, shorter, 0));
    for (Lengths memory : List.of(Lengths.equal(3, 24), Lengths.of(new int[] {3, 70, 5}, 70))) {
      Optional<Lengths> seen = Optional.of(memory);
      cases.add(new PlacedCase(List.of(), Form.WITH_MEMORY, shorter, seen, 0));
      cases.add(new PlacedCase(again, Form.WITH_MEMORY, equal, seen, 0.3));
      cases.add(new PlacedCase(rotary, Form.WITH_MEMORY, Lengths.equal(3, 104), seen, 0.3));
    }
    cases.addAll(ofOthers(equal, shorter));
    cases.addAll(adapted(equal));
    // Longer than softmaxes are kept for.
    List<String> narrow = List.of("attention.heads=8");
    Lengths longer = Lengths.of(new int[] {72, 20}, 72);
    cases.add(new PlacedCase(narrow, Form.CAUSAL, longer, 0));
    Optional<Lengths> seen = Optional.of(Lengths.of(new int[] {5, LESS}, LESS));
    cases.add(new PlacedCase(narrow, Form.WITH_MEMORY, longer, seen, 0));
    return cases;
  }

  /** What models of others have: groups of queries, heads of another size, norms of heads. */
  private static List<PlacedCase> ofOthers(Lengths equal, Lengths shorter) {
    List<String> grouped = List.of("attention.heads=4", "attention.kv-heads=2");
    List<String> one =
        List.of(
            "attention.heads=4",
            "attention.kv-heads=1",
            "attention.head-size=12",
            "attention.qkv-bias=true",
            "attention.positions=rotary",
            "attention.rotary-base=500",
            "attention.norm=rms",
            "attention.norm-epsilon=0.1",
            "attention.activation=swiglu");
    List<String> normed =
        List.of(
            "attention.heads=6",
            "attention.kv-heads=3",
            "attention.head-size=8",
            "attention.qk-norm=true",
            "attention.norm-epsilon=0.01",
            "attention.positions=rotary",
            "attention.rotary-scaling={factor: 4, low: 1, high: 4, context: 64}",
            "attention.activation=gelu-tanh");
    List<PlacedCase> cases = new ArrayList<>();
    for (List<String> settings : List.of(grouped, one, normed)) {
      List<String> again = new ArrayList<>(settings);
      again.add("attention.recompute=true");
      cases.add(new PlacedCase(settings, Form.CAUSAL, equal, 0));
      cases.add(new PlacedCase(settings, Form.CAUSAL, Lengths.equal(2, 120), 0));
      cases.add(new PlacedCase(settings, Form.CAUSAL, packed(CONTEXT, 7), 0.3));
      cases.add(new PlacedCase(settings, Form.BOTH_WAYS, shorter, 0));
      cases.add(new PlacedCase(again, Form.CAUSAL, equal, 0.3));
      Optional<Lengths> seen = Optional.of(Lengths.of(new int[] {3, 70, 5}, 70));
      cases.add(new PlacedCase(settings, Form.WITH_MEMORY, shorter, seen, 0));
    }
    return cases;
  }

  /** Those whose adapters alone are trained. */
  private static List<PlacedCase> adapted(Lengths equal) {
    List<String> gated =
        List.of(
            "lora.rank=3",
            "attention.heads=4",
            "attention.kv-heads=2",
            "attention.qk-norm=true",
            "attention.positions=rotary",
            "attention.norm=rms",
            "attention.activation=swiglu");
    List<String> fixed =
        List.of("lora.rank=2", "lora.factors=b", "lora.targets=[qkv, down]", "attention.bias=true");
    List<PlacedCase> cases = new ArrayList<>();
    for (List<String> settings : List.of(gated, fixed)) {
      cases.add(new PlacedCase(settings, Form.CAUSAL, equal, 0));
      cases.add(new PlacedCase(settings, Form.CAUSAL, packed(LESS, 4), 0));
      List<String> dropped = new ArrayList<>(settings);
      dropped.add("lora.dropout=0.2");
      cases.add(new PlacedCase(dropped, Form.CAUSAL, equal, 0));
      dropped.add("attention.recompute=true");
      cases.add(new PlacedCase(dropped, Form.CAUSAL, equal, 0.3));
    }
    return cases;
  }

  /**
   * Two rows of documents of that many tokens, the last of a row of fewer; the second is shorter.
   */
  static Lengths packed(int length, int document) {
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
  record Found(float[] y, float[] ofX, float[] ofMemory, float[] gradients) {}

  /** Goes twice: the second time over memory that is there. */
  static Found run(PlacedCase one, boolean bfloat16, Optional<Products> products) {
    LoraSettings lora = one.all().lora();
    Slots slots = new Slots(lora.given());
    Backbone backbone = one.backbone(slots);
    ParameterLayout layout = slots.layout();
    double droppedOfAdapters = lora.given() ? lora.dropout() : 0;
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
      Optional<BaseWeights> base = base(slots.base(), bfloat16);
      try (Weights w = Weights.trained(layout, parameters, bfloat16, Device.CPU, products, base)) {
        Tensor y = null;
        for (int time = 0; time < 2; time++) {
          w.begin();
          x.mutable_grad().put(torch.zeros_like(x));
          seen.mutable_grad().put(torch.zeros_like(seen));
          try (Tape tape = new Tape()) {
            Pass pass = Pass.training(Dropout.seeded(one.dropout(), droppedOfAdapters, 5), tape);
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

  static Optional<BaseWeights> base(ParameterLayout layout, boolean bfloat16) {
    if (layout.size() == 0) {
      return Optional.empty();
    }
    FloatVector values = FlatTensors.read(torch.randn(layout.size()).mul(new Scalar(0.3)));
    return Optional.of(
        BaseWeights.read(
            layout,
            bfloat16,
            Device.CPU,
            stores ->
                layout
                    .entries()
                    .forEach(
                        entry -> {
                          float[] own = new float[(int) entry.length()];
                          for (int i = 0; i < own.length; i++) {
                            own[i] = values.get(entry.offset() + i);
                          }
                          stores.get(entry.name()).put(0, own);
                        })));
  }

  static Tensor read(
      PlacedCase one, Backbone backbone, Weights w, Sequence read, Tensor seen, Pass pass) {
    if (one.memory().isEmpty()) {
      return backbone.forward(w, read, State.NONE, pass).values();
    }
    Memory memory =
        new Memory(
            seen.mul(new Scalar(2)), one.memory().orElseThrow(), State.NONE, List.<Tensor>of());
    return backbone.forward(w, read, memory, State.NONE, pass).values();
  }

  static void assertClose(Found expected, Found found, double tolerance) {
    BackbonePass.assertClose("results", expected.y(), found.y(), tolerance);
    BackbonePass.assertClose("gradient of what was read", expected.ofX(), found.ofX(), tolerance);
    assertEquals(sum(expected.ofMemory()) > 0, sum(found.ofMemory()) > 0);
    if (sum(expected.ofMemory()) > 0) {
      BackbonePass.assertClose(
          "gradient of the memory", expected.ofMemory(), found.ofMemory(), tolerance);
    }
    BackbonePass.assertClose("gradients", expected.gradients(), found.gradients(), tolerance);
  }

  private static double sum(float[] gradients) {
    double sum = 0;
    for (float gradient : gradients) {
      sum += Math.abs(gradient);
    }
    return sum;
  }
}
