package io.chorale.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.chorale.config.RotaryScaling;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.tensor.Engine;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Transformers as published ones are: heads that share keys, of their own size, normed. */
class GroupedTransformerTest {
  private static final int VOCABULARY = 5;
  private static final int CONTEXT = 4;

  @BeforeAll
  static void start() {
    Engine.start();
  }

  private static Settings settings(String... more) {
    List<String> all =
        new ArrayList<>(List.of("model.layers=2", "model.width=8", "attention.feed-forward=6"));
    all.addAll(List.of(more));
    return SettingsFile.read("test", "", all);
  }

  static Stream<Settings> others() {
    return Stream.of(
        settings(
            "attention.heads=4",
            "attention.kv-heads=2",
            "attention.qkv-bias=true",
            "attention.positions=rotary",
            "attention.rotary-base=100",
            "attention.norm=rms",
            "attention.norm-epsilon=0.01",
            "attention.activation=swiglu"),
        settings(
            "attention.heads=3",
            "attention.kv-heads=1",
            "attention.head-size=4",
            "attention.qk-norm=true",
            "attention.positions=rotary",
            "attention.rotary-scaling={factor: 2.5}",
            "attention.activation=gelu-tanh",
            "attention.bias=true"));
  }

  private static SineModel sine(Settings settings) {
    return new SineModel(settings, VOCABULARY, CONTEXT, 0.3);
  }

  @ParameterizedTest
  @MethodSource("others")
  void gradientsEqualFiniteDifferences(Settings settings) {
    try (SineModel sine = sine(settings)) {
      sine.assertFiniteDifferences(
          () -> {
            Tensor tokens = sine.tokens(2, CONTEXT);
            return sine.loss(sine.forward(tokens, State.NONE, Dropout.NONE).logits(), tokens);
          },
          3,
          1e-5,
          1e-7);
    }
  }

  /** A step at a time, or several, after a state. */
  @ParameterizedTest
  @MethodSource("others")
  void keptStateEqualsReadingAgain(Settings settings) {
    try (SineModel sine = sine(settings);
        NoGradGuard guard = new NoGradGuard()) {
      Tensor tokens = sine.tokens(2, CONTEXT);
      Tensor whole = sine.forward(tokens, State.NONE, Dropout.NONE).logits();
      State state = State.NONE;
      int begin = 0;
      for (int steps : new int[] {1, 2, 1}) {
        SineModel.Output read = sine.read(tokens.narrow(1, begin, steps), state);
        assertArrayEquals(
            SineModel.doubles(whole.narrow(1, begin, steps)),
            SineModel.doubles(read.logits()),
            SineModel.TOLERANCE);
        state = read.state();
        begin += steps;
        assertEquals(settings.attention().heads(8).shared(), state.tensors().get(0).size(1));
      }
    }
  }

  /** By Llama 3.1's code: 128 units a head, base 500,000, its four numbers. */
  @ParameterizedTest
  @CsvSource({"0, 1", "20, 1", "29, 0.8282", "32, 0.3711", "40, 0.125", "63, 0.125"})
  void longWavelengthsGrowAlone(int pair, double share) {
    RotaryScaling scaling = new RotaryScaling(8, 1, 4, 8192);
    double wavelength = Math.pow(500_000, 2.0 * pair / 128);
    double frequency = 1 / scaling.scaled(wavelength);
    double turns = 8192 / (2 * Math.PI * wavelength);
    double kept = Math.max(0, Math.min(1, (turns - 1) / 3));
    assertEquals((1 - kept) / 8 + kept, frequency * wavelength, 1e-12);
    assertEquals(share, frequency * wavelength, 1e-3);
  }

  @Test
  void whatDoesNotDivideIsRefused() {
    for (String[] set :
        new String[][] {
          {"attention.heads=4", "attention.kv-heads=3"},
          {"attention.heads=4", "attention.kv-heads=8"},
          {"attention.heads=4", "attention.head-size=3", "attention.positions=rotary"},
          {"attention.positions=rotary", "attention.rotary-scaling={factor: 2, low: 1}"},
          {"attention.positions=rotary", "attention.rotary-scaling={factor: -2}"},
        }) {
      assertThrows(SettingsException.class, () -> settings(set), String.join(" ", set));
    }
  }
}
