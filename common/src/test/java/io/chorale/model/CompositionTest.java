package io.chorale.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.data.Ids;
import io.chorale.model.Backbone.Form;
import io.chorale.tensor.Engine;
import io.chorale.tensor.StepScope;
import io.chorale.tensor.Tape;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Backbones put together: stacked, both ways, rows of unequal length, a first state from another
 * network. The reference is PyTorch's autograd ({@code scripts/peers/composition_golden.py}).
 */
class CompositionTest {
  private static final int WIDTH = 3;
  private static final int EMBEDDING = 4;

  @BeforeAll
  static void start() {
    Engine.start();
  }

  private static Settings settings(String kind, String... more) {
    List<String> overrides =
        new ArrayList<>(List.of("model.kind=" + kind, "model.layers=2", "model.width=" + WIDTH));
    overrides.addAll(List.of("model.tied-head=false", "recurrence.embedding=" + EMBEDDING));
    overrides.addAll(List.of(more));
    return SettingsFile.read("test", "", overrides);
  }

  static JsonNode golden() throws IOException {
    try (InputStream in = CompositionTest.class.getResourceAsStream("composition-golden.json")) {
      return new ObjectMapper().readTree(in);
    }
  }

  static List<Arguments> cases() throws IOException {
    List<Arguments> cases = new ArrayList<>();
    golden().get("cases").forEach(golden -> cases.add(Arguments.of(golden, false)));
    golden().get("normalized").forEach(golden -> cases.add(Arguments.of(golden, true)));
    assertEquals(24, cases.size());
    return cases;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void encoderAndDecoderEqualPyTorch(JsonNode golden, boolean normalized) throws IOException {
    Settings settings =
        settings(
            golden.get("kind").asText().toLowerCase(Locale.ROOT),
            "recurrence.layer-norm=" + normalized);
    boolean bothWays = golden.get("both_ways").asBoolean();
    Slots slots = new Slots();
    Backbone encoder =
        Backbone.of(slots, "encoder.", settings, bothWays ? Form.BOTH_WAYS : Form.CAUSAL, 0);
    Backbone decoder = Backbone.of(slots, "decoder.", settings, Form.CAUSAL, 0);
    ParameterLayout layout = slots.layout();
    Map<String, double[]> traced = new LinkedHashMap<>();
    Trace trace = (layer, norms) -> traced.put(layer, norms);
    try (StepScope scope = new StepScope();
        Tape tape = new Tape();
        Weights weights = SineModel.sines(layout, 0.6)) {
      Pass pass = Pass.traced(Dropout.NONE, tape, trace);
      Sequence.Vectors x = vectors(lengths(golden.get("lengths")), 0);
      Sequence.Vectors y = vectors(lengths(golden().get("decoded_lengths")), 0.5);
      Backbone.Output encoded = encoder.forward(weights, x, State.NONE, pass);
      List<Tensor> last = encoded.last().tensors();
      int states = last.size() / 2 / (bothWays ? 2 : 1); // of a cell
      List<Tensor> first = new ArrayList<>();
      for (int layer = 0; layer < 2; layer++) {
        int at = layer * last.size() / 2;
        first.addAll(last.subList(at, at + states));
      }
      Backbone.Output decoded = decoder.forward(weights, y, new State(first, 1), pass);
      Tensor end = decoded.last().tensors().get(states - 1);
      Tensor loss =
          scalar(encoded.values())
              .add(scalar(decoded.values()))
              .add(scalar(last.get(last.size() - states).t()))
              .add(scalar(end.t()));
      tape.backward(loss);
      assertEquals(golden.get("loss").asDouble(), loss.item_double(), SineModel.TOLERANCE);
      assertClose(golden.get("encoded"), encoded.values(), "encoded");
      assertClose(golden.get("decoded"), decoded.values(), "decoded");
      assertClose(golden.get("input_gradient"), x.values().grad(), "gradient of the input");
      assertClose(golden.get("decoder_input_gradient"), y.values().grad(), "of the decoder's");
      assertEquals(layout.entries().size(), golden.get("gradients").size());
      for (String name : layout.shapes().keySet()) {
        assertClose(golden.get("gradients").get(name), weights.flat().get(name).grad(), name);
      }
    }
    // What the trace heard of each layer begins with the gradient of its first state.
    JsonNode norms = golden.get("first_state_norms");
    assertEquals(bothWays ? 6 : 4, norms.size());
    assertEquals(names(norms), traced.keySet());
    for (String layer : traced.keySet()) {
      double[] all = traced.get(layer);
      assertEquals(norms.get(layer).asDouble(), all[0], SineModel.TOLERANCE, layer);
      int steps = layer.startsWith("encoder") ? longest(golden.get("lengths")) : 3;
      assertEquals(1 + steps, all.length, layer);
    }
  }

  private static Set<String> names(JsonNode node) {
    Set<String> names = new HashSet<>();
    node.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static int longest(JsonNode lengths) {
    return Arrays.stream(lengths(lengths)).max().orElseThrow();
  }

  private static int[] lengths(JsonNode lengths) {
    int[] values = new int[lengths.size()];
    Arrays.setAll(values, i -> lengths.get(i).asInt());
    return values;
  }

  private static Sequence.Vectors vectors(int[] lengths, double phase) {
    int longest = Arrays.stream(lengths).max().orElseThrow();
    long[] shape = {lengths.length, longest, EMBEDDING};
    Tensor values = wave(shape, k -> Math.cos(0.9 * k + phase));
    values.set_requires_grad(true);
    return new Sequence.Vectors(values, Lengths.of(lengths, longest));
  }

  private static Tensor wave(long[] shape, DoubleUnaryOperator function) {
    Tensor tensor = torch.empty(shape, new TensorOptions(torch.ScalarType.Double), null);
    for (long k = 0; k < tensor.numel(); k++) {
      tensor.data_ptr_double().put(k, function.applyAsDouble(k));
    }
    return tensor;
  }

  private static Tensor scalar(Tensor values) {
    long[] shape = new long[(int) values.dim()];
    Arrays.setAll(shape, values::size);
    return values.mul(wave(shape, k -> Math.sin(0.7 * k + 1))).sum();
  }

  private static void assertClose(JsonNode expected, Tensor actual, String what) {
    double[] values = new double[expected.size()];
    Arrays.setAll(values, i -> expected.get(i).asDouble());
    assertArrayEquals(values, SineModel.doubles(actual), SineModel.TOLERANCE, what);
  }

  /** What a row gives must not depend on those beside it, nor on how they are padded. */
  @ParameterizedTest
  @CsvSource({"lstm", "gru", "rnn"})
  void aNormalizedRowAloneEqualsItselfInABatch(String kind) {
    Settings settings = settings(kind, "recurrence.layer-norm=true");
    Slots slots = new Slots();
    Backbone backbone = Backbone.of(slots, "", settings, Form.BOTH_WAYS, 0);
    try (StepScope scope = new StepScope();
        Weights weights = SineModel.sines(slots.layout(), 0.6)) {
      Sequence.Vectors all = vectors(new int[] {2, 5, 3}, 0);
      Tensor together =
          backbone
              .forward(weights, all, State.NONE, Pass.training(Dropout.NONE, new Tape()))
              .values();
      for (int row = 0; row < 3; row++) {
        int length = all.lengths().of(row);
        Tensor own = all.values().detach().narrow(0, row, 1).narrow(1, 0, length).contiguous();
        Tensor alone =
            backbone
                .forward(
                    weights,
                    new Sequence.Vectors(own, Lengths.equal(1, length)),
                    State.NONE,
                    Pass.reading())
                .values();
        assertArrayEquals(
            SineModel.doubles(alone),
            SineModel.doubles(together.narrow(0, row, 1).narrow(1, 0, length)),
            SineModel.TOLERANCE);
      }
    }
  }

  /** Two passes of one step keep their own memory, and their gradients add. */
  @Test
  void twoPassesOfOneStepDoNotDisturbEachOther() {
    Settings settings = settings("lstm");
    Slots slots = new Slots();
    Backbone backbone = Backbone.of(slots, "", settings, Form.CAUSAL, 0);
    double[] each = new double[(int) slots.layout().size()];
    for (double phase : new double[] {0, 0.5}) {
      try (StepScope scope = new StepScope();
          Tape tape = new Tape();
          Weights weights = SineModel.sines(slots.layout(), 0.6)) {
        Pass pass = Pass.training(Dropout.NONE, tape);
        Sequence x = vectors(new int[] {2, 4}, phase);
        tape.backward(scalar(backbone.forward(weights, x, State.NONE, pass).values()));
        double[] gradients = SineModel.doubles(weights.flat().gradients());
        Arrays.setAll(each, i -> each[i] + gradients[i]);
      }
    }
    try (StepScope scope = new StepScope();
        Tape tape = new Tape();
        Weights weights = SineModel.sines(slots.layout(), 0.6)) {
      Pass pass = Pass.training(Dropout.NONE, tape);
      Tensor first =
          backbone.forward(weights, vectors(new int[] {2, 4}, 0), State.NONE, pass).values();
      Tensor second =
          backbone.forward(weights, vectors(new int[] {2, 4}, 0.5), State.NONE, pass).values();
      tape.backward(scalar(first).add(scalar(second)));
      assertArrayEquals(each, SineModel.doubles(weights.flat().gradients()), SineModel.TOLERANCE);
    }
  }

  /** Rows of unequal length of a table, low or high, read both ways with dropout between layers. */
  @ParameterizedTest
  @CsvSource({
    "lstm, 3, false",
    "lstm, 7, false",
    "gru, 3, false",
    "gru, 7, false",
    "rnn, 3, false",
    "rnn, 7, false",
    "lstm, 3, true",
    "lstm, 7, true",
    "gru, 7, true",
    "rnn, 7, true"
  })
  void gradientsOfATableEqualFiniteDifferences(String kind, int entries, boolean normalized) {
    Settings settings = settings(kind, "model.dropout=0.3", "recurrence.layer-norm=" + normalized);
    Slots slots = new Slots();
    Embedding embedding = Embedding.of(slots, "embedding", settings, entries);
    Backbone backbone = Backbone.of(slots, "", settings, Form.BOTH_WAYS, 0);
    Ids ids = new Ids(new int[] {1, 0, 2, 2, 0, 0, 0, 1, 0}, 3, new int[] {3, 1, 2});
    try (StepScope scope = new StepScope();
        Weights weights = SineModel.sines(slots.layout(), 0.6)) {
      Function<Tape, Tensor> loss =
          tape -> {
            Pass pass = Pass.training(Dropout.seeded(0.3, 7), tape);
            Sequence x = embedding.forward(weights, ids);
            return scalar(backbone.forward(weights, x, State.NONE, pass).values());
          };
      try (Tape tape = new Tape()) {
        tape.backward(loss.apply(tape));
      }
      double[] gradients = SineModel.doubles(weights.flat().gradients());
      double step = 1e-6;
      DoublePointer values = weights.flat().values().data_ptr_double();
      for (int i = 0; i < gradients.length; i++) {
        double value = values.get(i);
        values.put(i, value + step);
        double above = value(loss);
        values.put(i, value - step);
        double below = value(loss);
        values.put(i, value);
        assertEquals((above - below) / (2 * step), gradients[i], 1e-8, "parameter " + i);
      }
    }
  }

  private static double value(Function<Tape, Tensor> loss) {
    try (StepScope scope = new StepScope();
        Tape tape = new Tape()) {
      return loss.apply(tape).item_double();
    }
  }

  @ParameterizedTest
  @CsvSource({"false, 0", "false, 0.3", "true, 0.3"})
  void recomputedBlocksGiveTheSameGradients(boolean bothWays, double rate) {
    double[][] gradients = new double[2][];
    for (int i = 0; i < 2; i++) {
      Settings settings =
          SettingsFile.read(
              "test",
              "",
              List.of(
                  "model.layers=3",
                  "model.width=8",
                  "attention.heads=2",
                  "attention.recompute=" + (i == 1)));
      Slots slots = new Slots();
      Embedding embedding = Embedding.of(slots, "embedding", settings, 7);
      Backbone backbone =
          Backbone.of(slots, "", settings, bothWays ? Form.BOTH_WAYS : Form.CAUSAL, 4);
      try (StepScope scope = new StepScope();
          Tape tape = new Tape();
          Weights weights = SineModel.sines(slots.layout(), 0.4)) {
        Ids ids = new Ids(new int[] {1, 2, 3, 4, 6, 5, 0, 0}, 4, new int[] {4, 2});
        Pass pass = Pass.training(Dropout.seeded(rate, 5), tape);
        Tensor values =
            backbone.forward(weights, embedding.forward(weights, ids), State.NONE, pass).values();
        tape.backward(scalar(values.narrow(1, 0, 2)));
        gradients[i] = SineModel.doubles(weights.flat().gradients());
      }
    }
    assertArrayEquals(gradients[0], gradients[1]);
    assertTrue(Arrays.stream(gradients[0]).anyMatch(value -> value != 0));
  }
}
