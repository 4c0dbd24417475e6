package io.chorale.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.chorale.config.ModelSettings;
import io.chorale.config.ModelSettings.Activation;
import io.chorale.config.ModelSettings.Kind;
import io.chorale.config.ModelSettings.Nonlinearity;
import io.chorale.config.ModelSettings.Norm;
import io.chorale.config.ModelSettings.Positions;
import io.chorale.config.ModelSettings.RecurrentInit;
import io.chorale.io.FloatVector;
import io.chorale.tensor.Engine;
import io.chorale.tensor.FlatTensors;
import io.chorale.tensor.StepScope;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class RecurrentTest {
  private static final double TOLERANCE = 1e-12;

  @BeforeAll
  static void start() {
    Engine.start();
  }

  private static ModelSettings settings(
      Kind kind, int layers, int width, int embedding, boolean tied, Nonlinearity nonlinearity) {
    return new ModelSettings(
        kind,
        layers,
        width,
        1,
        0,
        embedding,
        Positions.LEARNED,
        Norm.LAYER,
        Activation.GELU,
        false,
        tied,
        0,
        1,
        nonlinearity,
        RecurrentInit.NORMAL);
  }

  /** A model in float64, its tokens and targets; element k of parameter a is 0.6 sin(1.7 k + a). */
  private static final class Fixture implements AutoCloseable {
    final StepScope scope = new StepScope();
    final FlatTensors weights;
    final ParameterLayout layout;
    final Model model;
    final int vocabulary;

    Fixture(ModelSettings settings, int vocabulary) {
      this.vocabulary = vocabulary;
      layout = Models.layout(settings, vocabulary, 1);
      weights = new FlatTensors(layout.shapes(), torch.ScalarType.Double);
      int a = 0;
      for (String name : new TreeSet<>(layout.shapes().keySet())) {
        ParameterLayout.Entry entry = layout.entry(name);
        for (int k = 0; k < entry.length(); k++) {
          set(entry.offset() + k, 0.6 * Math.sin(1.7 * k + a));
        }
        a++;
      }
      model = Models.create(settings, weights, weights);
    }

    void set(long index, double value) {
      weights.values().data_ptr_double().put(index, value);
    }

    double get(long index) {
      return weights.values().data_ptr_double().get(index);
    }

    /** Token i of a row-major [rows, length] window is i squared, modulo V. */
    Tensor tokens(int rows, int length) {
      long[] ids = new long[rows * length];
      Arrays.setAll(ids, i -> (long) i * i % vocabulary);
      return torch.tensor(ids).view(rows, length);
    }

    /** The following id of each. */
    Tensor loss(Tensor logits, Tensor inputs) {
      Tensor targets = torch.tensor(next(inputs));
      return torch.cross_entropy_loss(logits.flatten(0, 1), targets);
    }

    private long[] next(Tensor inputs) {
      long[] ids = new long[(int) inputs.numel()];
      inputs.contiguous().data_ptr_long().get(ids);
      return Arrays.stream(ids).map(id -> (id + 1) % vocabulary).toArray();
    }

    @Override
    public void close() {
      model.close();
      weights.close();
      scope.close();
    }
  }

  private static double[] doubles(Tensor tensor) {
    double[] values = new double[(int) tensor.numel()];
    tensor.detach().contiguous().data_ptr_double().get(values);
    return values;
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
    ModelSettings settings =
        settings(
            Kind.valueOf(golden.get("kind").asText()),
            golden.get("layers").asInt(),
            golden.get("width").asInt(),
            golden.get("embedding").asInt(),
            golden.get("tied").asBoolean(),
            Nonlinearity.valueOf(golden.get("nonlinearity").asText()));
    try (Fixture fixture = new Fixture(settings, golden().get("vocabulary").asInt())) {
      Tensor window = fixture.tokens(batch, 2 * time);
      List<Tensor> state =
          fixture.model.forward(window.narrow(1, 0, time), List.of(), Dropout.NONE).state();
      Tensor inputs = window.narrow(1, time, time);
      Tensor logits = fixture.model.forward(inputs, state, Dropout.NONE).logits();
      Tensor loss = fixture.loss(logits, inputs);
      fixture.model.backward(loss);

      assertClose(golden.get("logits"), doubles(logits), "logits");
      assertEquals(golden.get("loss").asDouble(), loss.item_double(), TOLERANCE);
      for (String name : fixture.layout.shapes().keySet()) {
        JsonNode expected = golden.get("gradients").get(name);
        assertClose(expected, doubles(fixture.weights.get(name).grad()), name);
      }
    }
  }

  private static void assertClose(JsonNode expected, double[] actual, String what) {
    assertEquals(expected.size(), actual.length, what);
    for (int i = 0; i < actual.length; i++) {
      assertEquals(expected.get(i).asDouble(), actual[i], TOLERANCE, what + "[" + i + "]");
    }
  }

  @ParameterizedTest
  @CsvSource({"LSTM, TANH", "GRU, TANH", "RNN, TANH", "RNN, RELU"})
  void gradientsEqualFiniteDifferences(Kind kind, Nonlinearity nonlinearity) {
    ModelSettings settings = settings(kind, 2, 3, 4, false, nonlinearity);
    try (Fixture fixture = new Fixture(settings, 6)) {
      Tensor inputs = fixture.tokens(2, 4);
      double step = 1e-6;
      fixture.model.backward(loss(fixture, inputs));
      double[] gradients = doubles(fixture.weights.gradients());
      for (int i = 0; i < gradients.length; i++) {
        double value = fixture.get(i);
        fixture.set(i, value + step);
        double above = loss(fixture, inputs).item_double();
        fixture.set(i, value - step);
        double below = loss(fixture, inputs).item_double();
        fixture.set(i, value);
        assertEquals((above - below) / (2 * step), gradients[i], 1e-8, "parameter " + i);
      }
    }
  }

  /** With dropout whose masks are the same in every pass. */
  private static Tensor loss(Fixture fixture, Tensor inputs) {
    Dropout dropout = Dropout.seeded(0.3, 7);
    return fixture.loss(fixture.model.forward(inputs, List.of(), dropout).logits(), inputs);
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"LSTM", "GRU", "RNN"})
  void carriedStateEqualsOneLongSequence(Kind kind) {
    try (Fixture fixture = new Fixture(settings(kind, 2, 4, 3, false, Nonlinearity.TANH), 5)) {
      Tensor inputs = fixture.tokens(3, 7);
      Tensor whole = fixture.model.forward(inputs, List.of(), Dropout.NONE).logits();
      Model.Output first = fixture.model.forward(inputs.narrow(1, 0, 4), List.of(), Dropout.NONE);
      Tensor second =
          fixture.model.forward(inputs.narrow(1, 4, 3), first.state(), Dropout.NONE).logits();
      assertTrue(whole.narrow(1, 0, 4).allclose(first.logits(), 0, TOLERANCE, false));
      assertTrue(whole.narrow(1, 4, 3).allclose(second, 0, TOLERANCE, false));
    }
  }

  @Test
  void gradientsOfTwoStepsAdd() {
    try (Fixture fixture = new Fixture(settings(Kind.GRU, 2, 4, 3, false, Nonlinearity.TANH), 5)) {
      Tensor inputs = fixture.tokens(2, 3);
      fixture.model.backward(loss(fixture, inputs));
      double[] once = doubles(fixture.weights.gradients());
      fixture.model.backward(loss(fixture, inputs));
      double[] twice = doubles(fixture.weights.gradients());
      for (int i = 0; i < once.length; i++) {
        assertEquals(2 * once[i], twice[i], TOLERANCE);
      }
    }
  }

  @Test
  void initialValuesFollowTheSettings() {
    ModelSettings lstm = settings(Kind.LSTM, 2, 4, 3, false, Nonlinearity.TANH);
    ParameterLayout layout = Models.layout(lstm, 5, 1);
    FloatVector values = Models.initial(lstm, 5, 1, 1);
    long bias = layout.entry("bias_ih_l1").offset();
    float[] gates = new float[16];
    for (int i = 0; i < gates.length; i++) {
      gates[i] = values.get(bias + i);
    }
    assertEquals("[0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]", ints(gates));
    assertNotEquals(values, Models.initial(lstm, 5, 1, 2));
    assertEquals(values, Models.initial(lstm, 5, 1, 1));
  }

  @Test
  void identityRecurrenceKeepsTheState() {
    ModelSettings normal = settings(Kind.RNN, 1, 3, 2, false, Nonlinearity.RELU);
    ModelSettings irnn =
        new ModelSettings(
            normal.kind(),
            normal.layers(),
            normal.width(),
            normal.heads(),
            normal.hidden(),
            normal.embedding(),
            normal.positions(),
            normal.norm(),
            normal.activation(),
            normal.bias(),
            normal.tiedHead(),
            normal.dropout(),
            normal.forgetBias(),
            normal.nonlinearity(),
            RecurrentInit.IDENTITY);
    FloatVector values = Models.initial(irnn, 5, 1, 1);
    long matrix = Models.layout(irnn, 5, 1).entry("weight_hh_l0").offset();
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
