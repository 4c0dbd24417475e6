package io.chorale.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.io.FloatVector;
import io.chorale.model.Dropout;
import io.chorale.model.Model;
import io.chorale.model.Models;
import io.chorale.tensor.Device;
import io.chorale.tensor.FlatTensors;
import io.chorale.tensor.StepScope;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EvaluatorTest {
  private static final int VOCABULARY = 7;
  private static final int CONTEXT = 5;

  private static Settings model(String kind) {
    List<String> small =
        List.of("model.kind=" + kind, "model.layers=2", "model.width=8", "attention.heads=2");
    return SettingsFile.with(SettingsFile.defaults(), small);
  }

  /** Far from the small first values, so that what stands before a token matters. */
  private static FloatVector parameters(Settings model) {
    FloatVector parameters = Models.initial(model, VOCABULARY, CONTEXT, 1);
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < parameters.length(); i++) {
      parameters.set(i, (float) random.nextDouble(-0.7, 0.7));
    }
    return parameters;
  }

  private static int[] tokens(int length) {
    return new SplittableRandom(3).ints(length, 0, VOCABULARY).toArray();
  }

  /** Sum of the losses of one sequence that the model reads at once, added in Java. */
  private static double byHand(Settings settings, int[] tokens) {
    try (StepScope scope = new StepScope();
        NoGradGuard guard = new NoGradGuard();
        FlatTensors weights =
            new FlatTensors(
                Models.layout(settings, VOCABULARY, CONTEXT).shapes(), torch.ScalarType.Float);
        Model model = Models.create(settings, weights, weights)) {
      weights.load(parameters(settings));
      long[] inputs = Arrays.stream(tokens, 0, tokens.length - 1).asLongStream().toArray();
      Tensor ids = torch.tensor(inputs).view(1, inputs.length);
      Tensor logits = model.forward(ids, List.of(), Dropout.NONE).logits().contiguous();
      float[] values = new float[inputs.length * VOCABULARY];
      logits.data_ptr_float().get(values);
      double nats = 0;
      for (int t = 0; t < inputs.length; t++) {
        double sum = 0;
        for (int v = 0; v < VOCABULARY; v++) {
          sum += Math.exp(values[t * VOCABULARY + v]);
        }
        nats += Math.log(sum) - values[t * VOCABULARY + tokens[t + 1]];
      }
      return nats;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 64})
  void transformerReadsEveryBlockByItself(int batch) {
    Settings model = model("transformer");
    int[] tokens = tokens(4 * CONTEXT + 4); // the last block predicts 3 tokens
    double expected = 0;
    for (int from = 0; from < tokens.length - 1; from += CONTEXT) {
      int to = Math.min(tokens.length, from + CONTEXT + 1);
      expected += byHand(model, Arrays.copyOfRange(tokens, from, to));
    }
    LossSum sum =
        new Evaluator(model, VOCABULARY, CONTEXT, batch, Device.CPU)
            .evaluate(parameters(model), tokens);
    assertEquals(tokens.length - 1, sum.tokens());
    assertEquals(expected, sum.nats(), 1e-4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lstm", "gru", "rnn"})
  void recurrentModelsCarryTheirStateThroughTheStream(String kind) {
    Settings model = model(kind);
    int[] tokens = tokens(6 * CONTEXT + 3);
    LossSum sum =
        new Evaluator(model, VOCABULARY, CONTEXT, 64, Device.CPU)
            .evaluate(parameters(model), tokens);
    assertEquals(tokens.length - 1, sum.tokens());
    assertEquals(byHand(model, tokens), sum.nats(), 1e-4);
  }

  @Test
  void longStreamsAreReadInLanesThatBeginOneBlockEarly() {
    Settings model = model("gru");
    int[] tokens = tokens(3 * 16 * CONTEXT + 2); // 241 predictions: lanes of 81, 81 and 79
    double expected = byHand(model, Arrays.copyOfRange(tokens, 0, 82));
    for (int begin : new int[] {81, 162}) {
      int end = Math.min(begin + 82, tokens.length);
      expected += byHand(model, Arrays.copyOfRange(tokens, begin - CONTEXT, end));
      expected -= byHand(model, Arrays.copyOfRange(tokens, begin - CONTEXT, begin + 1));
    }
    LossSum lanes =
        new Evaluator(model, VOCABULARY, CONTEXT, 64, Device.CPU)
            .evaluate(parameters(model), tokens);
    assertEquals(240 + 1, lanes.tokens());
    assertEquals(expected, lanes.nats(), 1e-3);
    LossSum one =
        new Evaluator(model, VOCABULARY, CONTEXT, 1, Device.CPU)
            .evaluate(parameters(model), tokens);
    assertEquals(byHand(model, tokens), one.nats(), 1e-3);
    assertNotEquals(one.nats(), lanes.nats());
  }

  @Test
  void aStreamOfOneTokenPredictsNothing() {
    Settings model = model("transformer");
    Evaluator evaluator = new Evaluator(model, VOCABULARY, CONTEXT, 2, Device.CPU);
    assertEquals(new LossSum(0, 0), evaluator.evaluate(parameters(model), new int[] {1}));
  }

  @Test
  void perplexityOfACoinIsTwo() {
    LossSum coin = new LossSum(10 * Math.log(2), 10);
    assertEquals(Math.log(2), coin.mean(), 1e-12);
    assertEquals(2, coin.perplexity(), 1e-12);
  }
}
