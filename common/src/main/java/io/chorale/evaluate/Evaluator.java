package io.chorale.evaluate;

import io.chorale.config.ModelSettings;
import io.chorale.io.FloatVector;
import io.chorale.model.Dropout;
import io.chorale.model.Model;
import io.chorale.model.Models;
import io.chorale.tensor.Engine;
import io.chorale.tensor.FlatTensors;
import io.chorale.tensor.StepScope;
import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * The loss of a model over a stream of tokens: every token but the first is predicted once.
 *
 * <p>A transformer sees the stream in successive blocks of {@code context} tokens, each by itself,
 * and a shorter last one. A recurrent model carries its state from block to block through the whole
 * stream.
 */
public final class Evaluator {
  private static final long IGNORE_NOTHING = -100;

  private final ModelSettings settings;
  private final int vocabulary;
  private final int context;
  private final int batch;

  /**
   * @param vocabulary V
   * @param context T
   * @param batch blocks of a transformer that are evaluated at a time
   */
  public Evaluator(ModelSettings settings, int vocabulary, int context, int batch) {
    this.settings = settings;
    this.vocabulary = vocabulary;
    this.context = context;
    this.batch = settings.recurrent() ? 1 : batch;
  }

  /**
   * Evaluates.
   *
   * @param parameters of the model
   * @param ids the stream, at least 2
   */
  public LossSum evaluate(FloatVector parameters, int[] ids) {
    Engine.start();
    try (StepScope whole = new StepScope();
        NoGradGuard noGradients = new NoGradGuard();
        FlatTensors weights =
            new FlatTensors(
                Models.layout(settings, vocabulary, context).shapes(), torch.ScalarType.Float)) {
      weights.load(parameters);
      try (Model model = Models.create(settings, weights, weights)) {
        return evaluate(model, ids);
      }
    }
  }

  private LossSum evaluate(Model model, int[] ids) {
    LossSum sum = new LossSum(0, 0);
    List<Tensor> state = List.of();
    int last = ids.length - 1;
    for (int from = 0; from < last; ) {
      int rows = Math.max(1, Math.min(batch, (last - from) / context));
      int length = Math.min(context, last - from);
      List<Tensor> before = state;
      try (StepScope scope = new StepScope()) {
        Tensor inputs = slice(ids, from, rows * length).view(rows, length);
        Model.Output output = model.forward(inputs, before, Dropout.NONE);
        Tensor loss =
            torch.cross_entropy_loss(
                output.logits().flatten(0, 1),
                slice(ids, from + 1, rows * length),
                new TensorOptional(),
                torch.Reduction.Sum.value,
                IGNORE_NOTHING,
                0);
        sum = sum.plus(new LossSum(loss.item_float(), (long) rows * length));
        state =
            settings.recurrent() ? output.state().stream().map(scope::keep).toList() : List.of();
      }
      before.forEach(Tensor::close);
      from += rows * length;
    }
    state.forEach(Tensor::close);
    return sum;
  }

  private static Tensor slice(int[] ids, int from, int count) {
    int[] part = new int[count];
    System.arraycopy(ids, from, part, 0, count);
    return torch.tensor(part).to(torch.ScalarType.Long);
  }
}
