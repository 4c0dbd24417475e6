package io.chorale.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
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
  private static final double TOLERANCE = 1e-12;
  private static final int VOCABULARY = 5;
  private static final int CONTEXT = 4;

  @BeforeAll
  static void start() {
    Engine.start();
  }

  private static ModelSettings settings(
      Positions positions, Norm norm, Activation activation, boolean bias, boolean tied) {
    return new ModelSettings(
        Kind.TRANSFORMER,
        2,
        8,
        2,
        6,
        0,
        positions,
        norm,
        activation,
        bias,
        tied,
        0,
        1,
        Nonlinearity.TANH,
        RecurrentInit.NORMAL);
  }

  private static ModelSettings plain(Positions positions) {
    return settings(positions, Norm.LAYER, Activation.GELU, false, true);
  }

  /** A model in float64; element k of parameter a (names sorted) is 0.3 sin(1.7 k + a). */
  private static final class Fixture implements AutoCloseable {
    final StepScope scope = new StepScope();
    final ParameterLayout layout;
    final FlatTensors weights;
    final Model model;

    Fixture(ModelSettings settings) {
      layout = Models.layout(settings, VOCABULARY, CONTEXT);
      weights = new FlatTensors(layout.shapes(), torch.ScalarType.Double);
      int a = 0;
      for (String name : new TreeSet<>(layout.shapes().keySet())) {
        ParameterLayout.Entry entry = layout.entry(name);
        for (int k = 0; k < entry.length(); k++) {
          set(entry.offset() + k, 0.3 * Math.sin(1.7 * k + a));
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

    Tensor logits(long[] tokens, Dropout dropout) {
      Tensor inputs = torch.tensor(tokens).view(-1, CONTEXT);
      return model.forward(inputs, List.of(), dropout).logits();
    }

    Tensor loss(Tensor logits, long[] tokens) {
      long[] targets = Arrays.stream(tokens).map(id -> (id + 1) % VOCABULARY).toArray();
      return torch.cross_entropy_loss(logits.flatten(0, 1), torch.tensor(targets));
    }

    @Override
    public void close() {
      model.close();
      weights.close();
      scope.close();
    }
  }

  /** Token i is i squared, modulo V: two rows. */
  private static long[] tokens() {
    long[] ids = new long[2 * CONTEXT];
    Arrays.setAll(ids, i -> (long) i * i % VOCABULARY);
    return ids;
  }

  private static double[] doubles(Tensor tensor) {
    double[] values = new double[(int) tensor.numel()];
    tensor.detach().to(torch.ScalarType.Double).contiguous().data_ptr_double().get(values);
    return values;
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
    ModelSettings settings =
        settings(
            Positions.valueOf(golden.get("positions").asText()),
            Norm.valueOf(golden.get("norm").asText()),
            Activation.valueOf(golden.get("activation").asText()),
            golden.get("bias").asBoolean(),
            golden.get("tied").asBoolean());
    try (Fixture fixture = new Fixture(settings)) {
      Tensor logits = fixture.logits(tokens(), Dropout.NONE);
      Tensor loss = fixture.loss(logits, tokens());
      fixture.model.backward(loss);

      assertClose(golden.get("logits"), doubles(logits), "logits");
      assertEquals(golden.get("loss").asDouble(), loss.item_double(), TOLERANCE);
      assertEquals(golden.get("gradients").size(), fixture.layout.entries().size());
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
  @CsvSource({
    "LEARNED, LAYER, GELU, true, false",
    "LEARNED, RMS, SWIGLU, true, true",
    "SINUSOIDAL, RMS, GELU, false, false",
    "ROTARY, LAYER, SWIGLU, true, true",
    "ROTARY, RMS, GELU, false, true",
  })
  void gradientsEqualFiniteDifferencesWithDropout(
      Positions positions, Norm norm, Activation activation, boolean bias, boolean tied) {
    try (Fixture fixture = new Fixture(settings(positions, norm, activation, bias, tied))) {
      fixture.model.backward(lossWithDropout(fixture));
      double[] gradients = doubles(fixture.weights.gradients());
      double step = 1e-5;
      // Every third element, to save time: all kinds of parameters, all units.
      for (int i = 0; i < gradients.length; i += 3) {
        double value = fixture.get(i);
        fixture.set(i, value + step);
        double above = lossWithDropout(fixture).item_double();
        fixture.set(i, value - step);
        double below = lossWithDropout(fixture).item_double();
        fixture.set(i, value);
        assertEquals((above - below) / (2 * step), gradients[i], 1e-7, "parameter " + i);
      }
    }
  }

  /** The masks are the same in every pass. */
  private static Tensor lossWithDropout(Fixture fixture) {
    return fixture.loss(fixture.logits(tokens(), Dropout.seeded(0.3, 7)), tokens());
  }

  @Test
  void gradientsAdd() {
    try (Fixture fixture = new Fixture(plain(Positions.LEARNED))) {
      fixture.model.backward(lossWithDropout(fixture));
      double[] once = doubles(fixture.weights.gradients());
      fixture.model.backward(lossWithDropout(fixture));
      double[] twice = doubles(fixture.weights.gradients());
      for (int i = 0; i < once.length; i++) {
        assertEquals(2 * once[i], twice[i], TOLERANCE);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Positions.class)
  void laterTokensNeverChangeEarlierLogits(Positions positions) {
    try (Fixture fixture = new Fixture(plain(positions))) {
      double[] before = doubles(fixture.logits(tokens(), Dropout.NONE));
      long[] changed = tokens();
      changed[CONTEXT - 1] = (changed[CONTEXT - 1] + 1) % VOCABULARY;
      double[] after = doubles(fixture.logits(changed, Dropout.NONE));
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
    try (Fixture fixture = new Fixture(plain(positions));
        NoGradGuard guard = new NoGradGuard()) {
      Tensor inputs = torch.tensor(tokens()).view(2, CONTEXT);
      Tensor whole = fixture.logits(tokens(), Dropout.NONE);
      Model.Output first = fixture.model.forward(inputs.narrow(1, 0, 1), List.of(), Dropout.NONE);
      Model.Output second =
          fixture.model.forward(inputs.narrow(1, 1, 2), first.state(), Dropout.NONE);
      Model.Output third =
          fixture.model.forward(inputs.narrow(1, 3, 1), second.state(), Dropout.NONE);
      assertArrayEquals(doubles(whole.narrow(1, 0, 1)), doubles(first.logits()), TOLERANCE);
      assertArrayEquals(doubles(whole.narrow(1, 1, 2)), doubles(second.logits()), TOLERANCE);
      assertArrayEquals(doubles(whole.narrow(1, 3, 1)), doubles(third.logits()), TOLERANCE);
    }
  }

  @ParameterizedTest
  @EnumSource(Positions.class)
  void orderOfTokensMatters(Positions positions) {
    try (Fixture fixture = new Fixture(plain(positions))) {
      double[] ab = doubles(fixture.logits(new long[] {0, 1, 2, 3}, Dropout.NONE));
      double[] ba = doubles(fixture.logits(new long[] {1, 0, 2, 3}, Dropout.NONE));
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
    try (Fixture fixture = new Fixture(plain(Positions.LEARNED))) {
      double[] first = doubles(fixture.logits(tokens(), Dropout.seeded(0.5, 1)));
      torch.randn(3).close();
      double[] again = doubles(fixture.logits(tokens(), Dropout.seeded(0.5, 1)));
      double[] other = doubles(fixture.logits(tokens(), Dropout.seeded(0.5, 2)));
      assertArrayEquals(first, again);
      assertFalse(Arrays.equals(first, other));
    }
  }

  @Test
  void bfloat16ProductsAreCloseToFloat32() {
    ModelSettings settings = settings(Positions.ROTARY, Norm.RMS, Activation.SWIGLU, true, true);
    ParameterLayout layout = Models.layout(settings, VOCABULARY, CONTEXT);
    FloatVector values = Models.initial(settings, VOCABULARY, CONTEXT, 3);
    for (long i = 0; i < layout.decayed(); i++) {
      values.set(i, 5 * values.get(i));
    }
    try (StepScope scope = new StepScope();
        FlatTensors weights = new FlatTensors(layout.shapes(), torch.ScalarType.Float);
        FlatTensors matrices = new FlatTensors(layout.shapes(), torch.ScalarType.BFloat16)) {
      weights.load(values);
      matrices.load(values);
      Tensor inputs = torch.tensor(tokens()).view(2, CONTEXT);
      double[][] logits = new double[2][];
      double[][] gradients = new double[2][];
      for (int i = 0; i < 2; i++) {
        weights.gradients().zero_();
        try (Model model = Models.create(settings, weights, i == 0 ? weights : matrices)) {
          Tensor output = model.forward(inputs, List.of(), Dropout.NONE).logits();
          assertEquals(torch.ScalarType.Float, output.scalar_type().intern());
          model.backward(output.pow(new Scalar(2.0)).sum());
          logits[i] = doubles(output);
          gradients[i] = doubles(weights.gradients());
        }
      }
      double[] low = doubles(matrices.gradients());
      for (int i = 0; i < low.length; i++) {
        gradients[1][i] += low[i];
      }
      assertEquals(0, relativeDistance(logits[0], logits[1]), 0.02);
      assertEquals(0, relativeDistance(gradients[0], gradients[1]), 0.04);
    }
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

  @Test
  void matricesLieBeforeVectors() {
    ParameterLayout layout =
        Models.layout(settings(Positions.LEARNED, Norm.LAYER, Activation.GELU, true, true), 5, 4);
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
    ModelSettings settings =
        new ModelSettings(
            Kind.TRANSFORMER,
            2,
            64,
            2,
            0,
            0,
            Positions.LEARNED,
            Norm.LAYER,
            Activation.GELU,
            true,
            true,
            0,
            1,
            Nonlinearity.TANH,
            RecurrentInit.NORMAL);
    ParameterLayout layout = Models.layout(settings, 300, 32);
    FloatVector values = Models.initial(settings, 300, 32, 1);
    for (ParameterLayout.Entry entry : layout.entries()) {
      double sum = 0;
      double squares = 0;
      for (long i = entry.offset(); i < entry.offset() + entry.length(); i++) {
        sum += values.get(i);
        squares += Math.pow(values.get(i), 2);
      }
      String name = entry.name();
      if (entry.decays()) {
        boolean residual = name.endsWith("output.weight") || name.endsWith("down.weight");
        double deviation = residual ? 0.01 : 0.02;
        assertEquals(deviation, Math.sqrt(squares / entry.length()), 0.05 * deviation, name);
        assertEquals(0, sum / entry.length(), 0.1 * deviation, name);
      } else {
        assertEquals(name.endsWith("norm.weight") ? entry.length() : 0, sum, 0, name);
        assertEquals(sum, squares, 0, name);
      }
    }
    assertEquals(values, Models.initial(settings, 300, 32, 1));
    assertFalse(values.equals(Models.initial(settings, 300, 32, 2)));
  }
}
