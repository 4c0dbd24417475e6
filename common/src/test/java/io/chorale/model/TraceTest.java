package io.chorale.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.fail;

import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.model.Backbone.Form;
import io.chorale.tensor.Engine;
import io.chorale.tensor.StepScope;
import io.chorale.tensor.Tape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a trace hears is what was computed, and listening changes nothing. */
class TraceTest {
  private static final int WIDTH = 8;
  private static final int HEADS = 2;
  private static final int LENGTH = 5;

  @BeforeAll
  static void start() {
    Engine.start();
  }

  private static Settings settings(String kind, String... more) {
    List<String> all = new ArrayList<>(List.of("model.kind=" + kind, "model.width=" + WIDTH));
    all.add("model.layers=2");
    if (kind.equals("transformer")) {
      all.addAll(List.of("attention.heads=" + HEADS, "attention.feed-forward=6"));
    } else {
      all.addAll(List.of("recurrence.embedding=" + WIDTH, "model.tied-head=true"));
    }
    all.addAll(List.of(more));
    return SettingsFile.read("test", "", all);
  }

  /** Writes all down. */
  private static final class Heard implements Trace {
    final Map<String, double[]> gradients = new LinkedHashMap<>();
    final Map<String, double[]> states = new LinkedHashMap<>();
    final Map<String, double[]> attention = new LinkedHashMap<>();

    @Override
    public void stateGradients(String layer, double[] norms) {
      gradients.put(layer, norms);
    }

    @Override
    public void states(String layer, Supplier<Tensor> values) {
      states.put(layer, SineModel.doubles(values.get().detach()));
    }

    @Override
    public void attention(String layer, Supplier<Tensor> weights) {
      attention.put(layer, SineModel.doubles(weights.get().detach()));
    }
  }

  /** Does not want to hear, and is not asked to. */
  private static final Trace DEAF =
      new Trace() {
        @Override
        public boolean listens() {
          return false;
        }

        @Override
        public void stateGradients(String layer, double[] norms) {
          fail("it does not listen");
        }

        @Override
        public void states(String layer, Supplier<Tensor> values) {
          fail("it does not listen");
        }

        @Override
        public void attention(String layer, Supplier<Tensor> weights) {
          fail("it does not listen");
        }
      };

  private static Tensor wave(long rows, long width, double pace) {
    Tensor x =
        torch.empty(
            new long[] {rows, LENGTH, width}, new TensorOptions(torch.ScalarType.Double), null);
    for (long k = 0; k < x.numel(); k++) {
      x.data_ptr_double().put(k, Math.cos(pace * k));
    }
    return x;
  }

  /** Results, gradient of the input and gradients of the parameters, one after the other. */
  private static double[] pass(Settings settings, Form form, int[] lengths, Trace trace) {
    Slots slots = new Slots();
    Backbone backbone = Backbone.of(slots, "", settings, form, LENGTH);
    try (StepScope scope = new StepScope();
        Tape tape = new Tape();
        Weights weights = SineModel.sines(slots.layout(), 0.6)) {
      Tensor x = wave(lengths.length, WIDTH, 0.9).set_requires_grad(true);
      Sequence read = new Sequence.Vectors(x, Lengths.of(lengths, LENGTH));
      Tensor values =
          backbone
              .forward(weights, read, State.NONE, Pass.traced(Dropout.NONE, tape, trace))
              .values();
      tape.backward(values.mul(wave(lengths.length, values.size(2), 0.7)).sum());
      List<Double> all = new ArrayList<>();
      for (Tensor part : List.of(values.detach(), x.grad(), weights.flat().gradients())) {
        for (double value : SineModel.doubles(part)) {
          all.add(value);
        }
      }
      return all.stream().mapToDouble(value -> value).toArray();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "rnn,CAUSAL",
    "lstm,BOTH_WAYS",
    "gru,CAUSAL",
    "transformer,CAUSAL",
    "transformer,BOTH_WAYS"
  })
  void listeningChangesNoByte(String kind, Form form) {
    int[] lengths = {LENGTH, 3};
    double[] unheard = pass(settings(kind), form, lengths, DEAF);
    Heard heard = new Heard();
    assertArrayEquals(unheard, pass(settings(kind), form, lengths, heard));
    assertFalse(heard.states.isEmpty());
    assertEquals(kind.equals("transformer"), !heard.attention.isEmpty());
    assertEquals(kind.equals("transformer"), heard.gradients.isEmpty());
  }

  /** A block that is computed again on the way back is heard once, with the same numbers. */
  @Test
  void whatIsRecomputedIsHeardOnce() {
    Heard kept = new Heard();
    pass(settings("transformer"), Form.CAUSAL, new int[] {LENGTH}, kept);
    List<String> names = new ArrayList<>();
    Heard again = new Heard();
    Trace counting =
        new Trace() {
          @Override
          public void stateGradients(String layer, double[] norms) {}

          @Override
          public void attention(String layer, Supplier<Tensor> weights) {
            names.add(layer);
            again.attention(layer, weights);
          }
        };
    pass(
        settings("transformer", "attention.recompute=true"),
        Form.CAUSAL,
        new int[] {LENGTH},
        counting);
    assertEquals(List.of("layers.0.attention", "layers.1.attention"), names);
    names.forEach(name -> assertArrayEquals(kept.attention.get(name), again.attention.get(name)));
  }

  @Test
  void aRecurrentLayerHandsOnWhatTheNextReads() {
    Heard heard = new Heard();
    double[] all = pass(settings("lstm"), Form.CAUSAL, new int[] {LENGTH}, heard);
    assertEquals(List.of("l0", "l1"), List.copyOf(heard.states.keySet()));
    double[] last = heard.states.get("l1");
    double[] results = new double[last.length];
    System.arraycopy(all, 0, results, 0, results.length);
    assertArrayEquals(results, last);
  }

  /** Norm, projection, product and softmax written out in Java. */
  @ParameterizedTest
  @CsvSource({"CAUSAL", "BOTH_WAYS"})
  void attentionEqualsAPlainReference(Form form) {
    int shorter = 3;
    int[] lengths = {LENGTH, shorter};
    Settings settings = settings("transformer");
    Heard heard = new Heard();
    pass(settings, form, lengths, heard);
    double[] input = heard.states.get("input");
    double[] weights = heard.attention.get("layers.0.attention");
    Slots slots = new Slots();
    Backbone.of(slots, "", settings, form, LENGTH);
    double[] projection;
    double[] bias;
    double[] scale;
    double[] shift;
    try (Weights sines = SineModel.sines(slots.layout(), 0.6)) {
      projection = SineModel.doubles(sines.flat().get("layers.0.attention.qkv.weight"));
      scale = SineModel.doubles(sines.flat().get("layers.0.attention.norm.weight"));
      boolean biased = slots.layout().shapes().containsKey("layers.0.attention.qkv.bias");
      bias =
          biased
              ? SineModel.doubles(sines.flat().get("layers.0.attention.qkv.bias"))
              : new double[3 * WIDTH];
      shift =
          biased
              ? SineModel.doubles(sines.flat().get("layers.0.attention.norm.bias"))
              : new double[WIDTH];
    }
    for (int row = 0; row < lengths.length; row++) {
      double[][] q = new double[LENGTH][];
      double[][] k = new double[LENGTH][];
      for (int t = 0; t < LENGTH; t++) {
        double[] x = normed(input, (row * LENGTH + t) * WIDTH, scale, shift);
        q[t] = product(projection, bias, x, 0);
        k[t] = product(projection, bias, x, WIDTH);
      }
      for (int head = 0; head < HEADS; head++) {
        for (int t = 0; t < lengths[row]; t++) {
          int seen = form == Form.CAUSAL ? t + 1 : lengths[row];
          double[] expected = softmax(q[t], k, head, seen);
          int at = ((row * HEADS + head) * LENGTH + t) * LENGTH;
          double sum = 0;
          for (int s = 0; s < LENGTH; s++) {
            assertEquals(expected[s], weights[at + s], 1e-12, head + " " + t + " " + s);
            sum += weights[at + s];
          }
          assertEquals(1, sum, 1e-12);
        }
      }
    }
  }

  private static double[] normed(double[] all, int at, double[] scale, double[] shift) {
    double mean = 0;
    double square = 0;
    for (int i = 0; i < WIDTH; i++) {
      mean += all[at + i] / WIDTH;
    }
    for (int i = 0; i < WIDTH; i++) {
      square += (all[at + i] - mean) * (all[at + i] - mean) / WIDTH;
    }
    double[] normed = new double[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      normed[i] = (all[at + i] - mean) / Math.sqrt(square + 1e-5) * scale[i] + shift[i];
    }
    return normed;
  }

  private static double[] product(double[] matrix, double[] bias, double[] x, int firstRow) {
    double[] y = new double[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      y[i] = bias[firstRow + i];
      for (int j = 0; j < WIDTH; j++) {
        y[i] += matrix[(firstRow + i) * WIDTH + j] * x[j];
      }
    }
    return y;
  }

  private static double[] softmax(double[] q, double[][] k, int head, int seen) {
    int size = WIDTH / HEADS;
    double[] weights = new double[LENGTH];
    double sum = 0;
    for (int s = 0; s < seen; s++) {
      double score = 0;
      for (int i = head * size; i < (head + 1) * size; i++) {
        score += q[i] * k[s][i];
      }
      weights[s] = Math.exp(score / Math.sqrt((double) size));
      sum += weights[s];
    }
    for (int s = 0; s < seen; s++) {
      weights[s] /= sum;
    }
    return weights;
  }
}
