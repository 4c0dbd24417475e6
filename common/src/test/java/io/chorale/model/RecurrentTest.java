package io.chorale.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.chorale.config.ModelSettings.Kind;
import io.chorale.config.RecurrenceSettings.Nonlinearity;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.io.FloatVector;
import io.chorale.tensor.Engine;
import io.chorale.tensor.StepScope;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class RecurrentTest {
  @BeforeAll
  static void start() {
    Engine.start();
  }

  private static Settings settings(
      Kind kind, int layers, int width, int embedding, boolean tied, Nonlinearity nonlinearity) {
    return SettingsFile.with(
        SettingsFile.defaults(),
        "model.kind=" + kind.name().toLowerCase(Locale.ROOT),
        "model.layers=" + layers,
        "model.width=" + width,
        "recurrence.embedding=" + embedding,
        "model.tied-head=" + tied,
        "recurrence.nonlinearity=" + nonlinearity.name().toLowerCase(Locale.ROOT));
  }

  private static SineModel sine(Settings settings, int vocabulary) {
    return new SineModel(settings, vocabulary, 1, 0.6);
  }

  static JsonNode golden() throws IOException {
    try (InputStream in = RecurrentTest.class.getResourceAsStream("recurrent-golden.json")) {
      return new ObjectMapper().readTree(in);
    }
  }

  static List<JsonNode> goldenCases() throws IOException {
    List<JsonNode> cases = new ArrayList<>();
    golden().get("cases").forEach(cases::add);
    return cases;
  }

  @ParameterizedTest
  @MethodSource("goldenCases")
  void equalsPyTorch(JsonNode golden) throws IOException {
    int batch = golden().get("batch").asInt();
    int time = golden().get("time").asInt();
    Settings settings =
        settings(
            Kind.valueOf(golden.get("kind").asText()),
            golden.get("layers").asInt(),
            golden.get("width").asInt(),
            golden.get("embedding").asInt(),
            golden.get("tied").asBoolean(),
            Nonlinearity.valueOf(golden.get("nonlinearity").asText()));
    try (SineModel sine = sine(settings, golden().get("vocabulary").asInt());
        StepScope scope = new StepScope();
        State state = beginning(sine, sine.tokens(batch, 2 * time).narrow(1, 0, time))) {
      Tensor window = sine.tokens(batch, 2 * time);
      Tensor inputs = window.narrow(1, time, time);
      Tensor logits = sine.forward(inputs, state, Dropout.NONE).logits();
      Tensor loss = sine.loss(logits, inputs);
      sine.assertEqualsGolden(golden, logits, loss);
    }
  }

  /** A state without history after these tokens. */
  private static State beginning(SineModel sine, Tensor tokens) {
    try (StepScope scope = new StepScope()) {
      return sine.forward(tokens, State.NONE, Dropout.NONE).state().keep(scope);
    }
  }

  /** Width 3, input 4; what is expected is counted by hand, for one step of one row. */
  @ParameterizedTest
  @CsvSource({
    "LSTM, 1, CAUSAL, 0.0, false, 62, false",
    "GRU, 1, CAUSAL, 0.0, false, 56, false",
    "RNN, 1, CAUSAL, 0.0, false, 38, false",
    "LSTM, 1, CAUSAL, 0.0, true, 66, false",
    "LSTM, 2, BOTH_WAYS, 0.3, true, 276, false",
    "LSTM, 1, CAUSAL, 0.0, false, 104, true",
    "GRU, 1, CAUSAL, 0.0, false, 87, true",
    "RNN, 1, CAUSAL, 0.0, false, 49, true",
  })
  void memoryOfAStepIsCounted(
      Kind kind,
      int layers,
      Backbone.Form form,
      double dropout,
      boolean padded,
      long floats,
      boolean normalized) {
    Settings settings =
        SettingsFile.with(
            settings(kind, layers, 3, 4, false, Nonlinearity.TANH),
            "model.dropout=" + dropout,
            "recurrence.layer-norm=" + normalized);
    Backbone backbone = Backbone.of(new Slots(), "", settings, form, 0);
    assertEquals(4 * 5 * floats, backbone.keptByStep(4, 5, padded));
    assertEquals(5 * Math.max(4, 3 * RecurrentCell.gates(kind)), backbone.largestOfRow(5));
  }

  @ParameterizedTest
  @CsvSource({"LSTM, TANH", "GRU, TANH", "RNN, TANH", "RNN, RELU"})
  void gradientsEqualFiniteDifferences(Kind kind, Nonlinearity nonlinearity) {
    Settings settings = settings(kind, 2, 3, 4, false, nonlinearity);
    try (SineModel sine = sine(settings, 6)) {
      Tensor inputs = sine.tokens(2, 4);
      sine.assertFiniteDifferences(() -> loss(sine, inputs), 1, 1e-6, 1e-8);
    }
  }

  /** With dropout whose masks are the same in every pass. */
  private static Tensor loss(SineModel sine, Tensor inputs) {
    Dropout dropout = Dropout.seeded(0.3, 7);
    return sine.loss(sine.forward(inputs, State.NONE, dropout).logits(), inputs);
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"LSTM", "GRU", "RNN"})
  void carriedStateEqualsOneLongSequence(Kind kind) {
    try (SineModel sine = sine(settings(kind, 2, 4, 3, false, Nonlinearity.TANH), 5)) {
      Tensor inputs = sine.tokens(3, 7);
      Tensor whole = sine.read(inputs, State.NONE).logits();
      SineModel.Output first = sine.read(inputs.narrow(1, 0, 4), State.NONE);
      Tensor second = sine.read(inputs.narrow(1, 4, 3), first.state()).logits();
      assertTrue(whole.narrow(1, 0, 4).allclose(first.logits(), 0, SineModel.TOLERANCE, false));
      assertTrue(whole.narrow(1, 4, 3).allclose(second, 0, SineModel.TOLERANCE, false));
    }
  }

  @Test
  void gradientsOfTwoStepsAdd() {
    try (SineModel sine = sine(settings(Kind.GRU, 2, 4, 3, false, Nonlinearity.TANH), 5)) {
      Tensor inputs = sine.tokens(2, 3);
      sine.assertGradientsAdd(() -> loss(sine, inputs));
    }
  }

  private static Slots slots(Settings settings) {
    Slots slots = new Slots();
    Embedding.of(slots, "embedding", settings, 5);
    Backbone.of(slots, "", settings, Backbone.Form.CAUSAL, 1);
    return slots;
  }

  @Test
  void initialValuesFollowTheSettings() {
    Settings lstm = settings(Kind.LSTM, 2, 4, 3, false, Nonlinearity.TANH);
    ParameterLayout layout = slots(lstm).layout();
    FloatVector values = slots(lstm).layout().initial(1);
    long bias = layout.entry("bias_ih_l1").offset();
    float[] gates = new float[16];
    for (int i = 0; i < gates.length; i++) {
      gates[i] = values.get(bias + i);
    }
    assertEquals("[0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]", ints(gates));
    assertNotEquals(values, slots(lstm).layout().initial(2));
    assertEquals(values, slots(lstm).layout().initial(1));
  }

  @Test
  void identityRecurrenceKeepsTheState() {
    Settings normal = settings(Kind.RNN, 1, 3, 2, false, Nonlinearity.RELU);
    Settings irnn = SettingsFile.with(normal, "recurrence.init=identity");
    FloatVector values = slots(irnn).layout().initial(1);
    long matrix = slots(irnn).layout().entry("weight_hh_l0").offset();
    float[] elements = new float[9];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = values.get(matrix + i);
    }
    assertEquals("[1, 0, 0, 0, 1, 0, 0, 0, 1]", ints(elements));
  }

  private static String ints(float[] values) {
    int[] ints = new int[values.length];
    for (int i = 0; i < ints.length; i++) {
      ints[i] = (int) values[i];
      assertEquals(ints[i], values[i]);
    }
    return Arrays.toString(ints);
  }
}
