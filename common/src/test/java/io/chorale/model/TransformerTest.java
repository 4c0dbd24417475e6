package io.chorale.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.chorale.config.AttentionSettings.Activation;
import io.chorale.config.AttentionSettings.Norm;
import io.chorale.config.AttentionSettings.Positions;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.io.FloatVector;
import io.chorale.model.Backbone.Output;
import io.chorale.tensor.Device;
import io.chorale.tensor.Engine;
import io.chorale.tensor.StepScope;
import io.chorale.tensor.Tape;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class TransformerTest {
  private static final int VOCABULARY = 5;
  private static final int CONTEXT = 4;

  @BeforeAll
  static void start() {
    Engine.start();
  }

  private static Settings settings(
      Positions positions, Norm norm, Activation activation, boolean bias, boolean tied) {
    return SettingsFile.read(
        "test",
        "",
        List.of(
            "model.layers=2",
            "model.width=8",
            "attention.heads=2",
            "attention.feed-forward=6",
            "attention.positions=" + positions.name().toLowerCase(Locale.ROOT),
            "attention.norm=" + norm.name().toLowerCase(Locale.ROOT),
            "attention.activation=" + activation.name().toLowerCase(Locale.ROOT),
            "attention.bias=" + bias,
            "model.tied-head=" + tied));
  }

  private static Settings plain(Positions positions) {
    return settings(positions, Norm.LAYER, Activation.GELU, false, true);
  }

  private static SineModel sine(Settings settings) {
    return new SineModel(settings, VOCABULARY, CONTEXT, 0.3);
  }

  private static Tensor logits(SineModel sine, Tensor tokens, Dropout dropout) {
    return sine.forward(tokens, State.NONE, dropout).logits();
  }

  private static Tensor tokens(SineModel sine) {
    return sine.tokens(2, CONTEXT);
  }

  static List<JsonNode> golden() throws IOException {
    List<JsonNode> cases = new ArrayList<>();
    try (InputStream in = TransformerTest.class.getResourceAsStream("transformer-golden.json")) {
      new ObjectMapper().readTree(in).get("cases").forEach(cases::add);
    }
    return cases;
  }

  @ParameterizedTest
  @MethodSource("golden")
  void equalsPyTorch(JsonNode golden) {
    Settings settings =
        settings(
            Positions.valueOf(golden.get("positions").asText()),
            Norm.valueOf(golden.get("norm").asText()),
            Activation.valueOf(golden.get("activation").asText()),
            golden.get("bias").asBoolean(),
            golden.get("tied").asBoolean());
    try (SineModel sine = sine(settings)) {
      Tensor logits = logits(sine, tokens(sine), Dropout.NONE);
      sine.assertEqualsGolden(golden, logits, sine.loss(logits, tokens(sine)));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "LEARNED, LAYER, GELU, true, false",
    "LEARNED, RMS, SWIGLU, true, true",
    "SINUSOIDAL, RMS, GELU, false, false",
    "ROTARY, LAYER, SWIGLU, true, true",
    "ROTARY, RMS, GELU, false, true",
  })
  void gradientsEqualFiniteDifferencesWithDropout(
      Positions positions, Norm norm, Activation activation, boolean bias, boolean tied) {
    try (SineModel sine = sine(settings(positions, norm, activation, bias, tied))) {
      // Every third element, to save time: all kinds of parameters, all units.
      sine.assertFiniteDifferences(() -> lossWithDropout(sine), 3, 1e-5, 1e-7);
    }
  }

  /** The masks are the same in every pass. */
  private static Tensor lossWithDropout(SineModel sine) {
    Tensor tokens = tokens(sine);
    return sine.loss(logits(sine, tokens, Dropout.seeded(0.3, 7)), tokens);
  }

  @Test
  void gradientsAdd() {
    try (SineModel sine = sine(plain(Positions.LEARNED))) {
      sine.assertGradientsAdd(() -> lossWithDropout(sine));
    }
  }

  @ParameterizedTest
  @EnumSource(Positions.class)
  void laterTokensNeverChangeEarlierLogits(Positions positions) {
    try (SineModel sine = sine(plain(positions))) {
      double[] before = SineModel.doubles(logits(sine, tokens(sine), Dropout.NONE));
      Tensor changed = tokens(sine);
      LongPointer ids = changed.data_ptr_long();
      ids.put(CONTEXT - 1, (ids.get(CONTEXT - 1) + 1) % VOCABULARY);
      double[] after = SineModel.doubles(logits(sine, changed, Dropout.NONE));
      int last = (CONTEXT - 1) * VOCABULARY;
      assertArrayEquals(Arrays.copyOf(before, last), Arrays.copyOf(after, last));
      assertFalse(Arrays.equals(before, last, last + VOCABULARY, after, last, last + VOCABULARY));
      // Rows do not see each other.
      int row = CONTEXT * VOCABULARY;
      assertArrayEquals(
          Arrays.copyOfRange(before, row, 2 * row), Arrays.copyOfRange(after, row, 2 * row));
    }
  }

  @ParameterizedTest
  @EnumSource(Positions.class)
  void keptStateEqualsReadingAgain(Positions positions) {
    try (SineModel sine = sine(plain(positions));
        NoGradGuard guard = new NoGradGuard()) {
      Tensor inputs = tokens(sine);
      Tensor whole = logits(sine, tokens(sine), Dropout.NONE);
      SineModel.Output first = sine.read(inputs.narrow(1, 0, 1), State.NONE);
      SineModel.Output second = sine.read(inputs.narrow(1, 1, 2), first.state());
      SineModel.Output third = sine.read(inputs.narrow(1, 3, 1), second.state());
      assertArrayEquals(
          SineModel.doubles(whole.narrow(1, 0, 1)),
          SineModel.doubles(first.logits()),
          SineModel.TOLERANCE);
      assertArrayEquals(
          SineModel.doubles(whole.narrow(1, 1, 2)),
          SineModel.doubles(second.logits()),
          SineModel.TOLERANCE);
      assertArrayEquals(
          SineModel.doubles(whole.narrow(1, 3, 1)),
          SineModel.doubles(third.logits()),
          SineModel.TOLERANCE);
    }
  }

  /** A state would have the keys of padding, of which its reader knows nothing. */
  @Test
  void rowsOfUnequalLengthLeaveNoState() {
    try (StepScope scope = new StepScope();
        NoGradGuard guard = new NoGradGuard()) {
      Output equal = read(Backbone.Form.CAUSAL, State.NONE, 3, 3);
      assertEquals(4, equal.last().tensors().size());
      assertEquals(State.NONE, read(Backbone.Form.CAUSAL, State.NONE, 3, 2).last());
      assertEquals(State.NONE, read(Backbone.Form.BOTH_WAYS, State.NONE, 3, 3).last());
    }
  }

  @Test
  void whatReadsBothWaysGoesOnFromNoState() {
    try (StepScope scope = new StepScope();
        NoGradGuard guard = new NoGradGuard()) {
      State state = read(Backbone.Form.CAUSAL, State.NONE, 2, 2).last();
      assertThrows(
          IllegalArgumentException.class, () -> read(Backbone.Form.BOTH_WAYS, state, 2, 2));
    }
  }

  private static Output read(Backbone.Form form, State before, int... lengths) {
    Settings settings = plain(Positions.LEARNED);
    Slots slots = new Slots();
    Embedding embedding = Embedding.of(slots, "embedding", settings, VOCABULARY);
    Backbone backbone = Backbone.of(slots, "", settings, form, CONTEXT);
    try (Weights weights = SineModel.sines(slots.layout(), 0.3)) {
      Tensor ids = torch.ones(lengths.length, lengths[0]).to(torch.ScalarType.Long);
      Sequence x = embedding.forward(weights, ids, Lengths.of(lengths, lengths[0]));
      return backbone.forward(weights, x, before, Pass.goingOn());
    }
  }

  @ParameterizedTest
  @EnumSource(Positions.class)
  void orderOfTokensMatters(Positions positions) {
    try (SineModel sine = sine(plain(positions))) {
      double[] ab =
          SineModel.doubles(
              logits(sine, torch.tensor(new long[] {0, 1, 2, 3}).view(1, CONTEXT), Dropout.NONE));
      double[] ba =
          SineModel.doubles(
              logits(sine, torch.tensor(new long[] {1, 0, 2, 3}).view(1, CONTEXT), Dropout.NONE));
      int last = (CONTEXT - 1) * VOCABULARY;
      double difference = 0;
      for (int i = last; i < ab.length; i++) {
        difference = Math.max(difference, Math.abs(ab[i] - ba[i]));
      }
      assertTrue(difference > 1e-6, "largest difference " + difference);
    }
  }

  @Test
  void dropoutDependsOnItsSeedAlone() {
    try (SineModel sine = sine(plain(Positions.LEARNED))) {
      double[] first = SineModel.doubles(logits(sine, tokens(sine), Dropout.seeded(0.5, 1)));
      torch.randn(3).close();
      double[] again = SineModel.doubles(logits(sine, tokens(sine), Dropout.seeded(0.5, 1)));
      double[] other = SineModel.doubles(logits(sine, tokens(sine), Dropout.seeded(0.5, 2)));
      assertArrayEquals(first, again);
      assertFalse(Arrays.equals(first, other));
    }
  }

  @Test
  void bfloat16ProductsAreCloseToFloat32() {
    Settings settings = settings(Positions.ROTARY, Norm.RMS, Activation.SWIGLU, true, true);
    Slots slots = new Slots();
    Embedding embedding = Embedding.of(slots, "embedding", settings, VOCABULARY);
    Backbone backbone = Backbone.of(slots, "", settings, Backbone.Form.CAUSAL, CONTEXT);
    Head head =
        Head.overVocabulary(slots, "head", settings, embedding, backbone.width(), VOCABULARY);
    ParameterLayout layout = slots.layout();
    FloatVector values = layout.initial(3);
    for (long i = 0; i < layout.decayed(); i++) {
      values.set(i, 5 * values.get(i));
    }
    double[][] logits = new double[2][];
    double[][] gradients = new double[2][];
    for (int i = 0; i < 2; i++) {
      try (StepScope scope = new StepScope();
          Tape tape = new Tape();
          Weights weights = Weights.trained(layout, values, i == 1, Device.CPU)) {
        weights.begin();
        Tensor inputs = torch.tensor(new long[] {0, 1, 4, 4, 1, 0, 1, 4}).view(2, CONTEXT);
        Sequence x = embedding.forward(weights, inputs, Lengths.equal(2, CONTEXT));
        Pass pass = Pass.training(Dropout.NONE, tape);
        Tensor output =
            head.forward(weights, backbone.forward(weights, x, State.NONE, pass).values());
        assertEquals(torch.ScalarType.Float, output.scalar_type().intern());
        tape.backward(output.pow(new Scalar(2.0)).sum());
        weights.gather();
        logits[i] = SineModel.doubles(output);
        gradients[i] = SineModel.doubles(weights.flat().gradients());
      }
    }
    assertEquals(0, relativeDistance(logits[0], logits[1]), 0.02);
    assertEquals(0, relativeDistance(gradients[0], gradients[1]), 0.04);
  }

  private static double relativeDistance(double[] expected, double[] actual) {
    double distance = 0;
    double norm = 0;
    for (int i = 0; i < expected.length; i++) {
      distance += Math.pow(expected[i] - actual[i], 2);
      norm += Math.pow(expected[i], 2);
    }
    return Math.sqrt(distance / norm);
  }

  private static Slots slots(Settings settings, int vocabulary, int context) {
    Slots slots = new Slots();
    Embedding.of(slots, "embedding", settings, vocabulary);
    Backbone.of(slots, "", settings, Backbone.Form.CAUSAL, context);
    return slots;
  }

  @Test
  void matricesLieBeforeVectors() {
    ParameterLayout layout =
        slots(settings(Positions.LEARNED, Norm.LAYER, Activation.GELU, true, true), 5, 4).layout();
    long end = 0;
    for (ParameterLayout.Entry entry : layout.entries()) {
      assertEquals(end, entry.offset(), entry.name());
      assertEquals(entry.shape().length == 2, entry.offset() < layout.decayed(), entry.name());
      end += entry.length();
    }
    assertEquals(layout.size(), end);
    assertEquals("embedding.weight", layout.entries().get(0).name());
    assertThrows(IllegalArgumentException.class, () -> layout.entry("head.weight"));
  }

  @Test
  void initialValuesHaveTheDeviationsOfGpt2() {
    Settings settings =
        SettingsFile.with(
            settings(Positions.LEARNED, Norm.LAYER, Activation.GELU, true, true),
            "model.width=64",
            "attention.feed-forward=0");
    ParameterLayout layout = slots(settings, 300, 32).layout();
    FloatVector values = slots(settings, 300, 32).layout().initial(1);
    for (ParameterLayout.Entry entry : layout.entries()) {
      double sum = 0;
      double squares = 0;
      for (long i = entry.offset(); i < entry.offset() + entry.length(); i++) {
        sum += values.get(i);
        squares += Math.pow(values.get(i), 2);
      }
      String name = entry.name();
      if (entry.slot().matrix()) {
        boolean residual = name.endsWith("output.weight") || name.endsWith("down.weight");
        double deviation = residual ? 0.01 : 0.02;
        assertEquals(deviation, Math.sqrt(squares / entry.length()), 0.05 * deviation, name);
        assertEquals(0, sum / entry.length(), 0.1 * deviation, name);
      } else {
        assertEquals(name.endsWith("norm.weight") ? entry.length() : 0, sum, 0, name);
        assertEquals(sum, squares, 0, name);
      }
    }
    assertEquals(values, slots(settings, 300, 32).layout().initial(1));
    assertFalse(values.equals(slots(settings, 300, 32).layout().initial(2)));
  }
}
