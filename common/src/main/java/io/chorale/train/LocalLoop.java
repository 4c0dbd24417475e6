package io.chorale.train;

import io.chorale.config.ModelSettings;
import io.chorale.config.TrainSettings;
import io.chorale.data.Batch;
import io.chorale.data.BatchSource;
import io.chorale.io.FloatVector;
import io.chorale.model.Dropout;
import io.chorale.model.Model;
import io.chorale.model.Models;
import io.chorale.model.ParameterLayout;
import io.chorale.tensor.Engine;
import io.chorale.tensor.FlatTensors;
import io.chorale.tensor.StepScope;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The local steps of one worker: forward, backward, clip, optimizer.
 *
 * <p>{@link #run} is a pure function: the same arguments give the same bytes, whatever ran before
 * or runs beside it.
 */
public final class LocalLoop {
  private final ModelSettings model;
  private final TrainSettings train;
  private final ParameterLayout layout;
  private final LearningRate learningRate;

  public LocalLoop(ModelSettings model, TrainSettings train, int vocabulary) {
    this.model = model;
    this.train = train;
    this.layout = Models.layout(model, vocabulary, train.context());
    this.learningRate = new LearningRate(train);
  }

  /**
   * Trains from the anchor.
   *
   * @param anchor the parameters at the start of the round; not changed
   * @param state what {@link WorkerResult#state} was after this worker's last round
   * @throws NonFiniteLossException if a loss is infinite or not a number
   */
  public WorkerResult run(
      FloatVector anchor,
      WorkerState state,
      int worker,
      StepRange range,
      BatchSource batches,
      StepListener listener) {
    Engine.start();
    long begin = System.nanoTime();
    try (StepScope round = new StepScope();
        FlatTensors weights = new FlatTensors(layout.shapes(), torch.ScalarType.Float);
        Model network = Models.create(model, weights, weights);
        AdamW optimizer = new AdamW(train, weights, layout.decayed(), state.arrays())) {
      weights.load(anchor);
      long tokens = 0;
      double lossSum = 0;
      double rate = 0;
      for (long i = 0; i < range.count(); i++) {
        Batch batch = batches.batch(range.firstBatch() + i);
        rate = learningRate.at(range.firstStep() + i);
        try (StepScope scope = new StepScope()) {
          weights.gradients().zero_();
          Tensor inputs = ids(batch.inputs()).view(batch.rows(), batch.length());
          Tensor logits = network.forward(inputs, List.of(), Dropout.NONE).logits();
          Tensor loss = torch.cross_entropy_loss(logits.flatten(0, 1), ids(batch.targets()));
          double value = loss.item_float();
          if (!Double.isFinite(value)) {
            throw new NonFiniteLossException(worker, range.firstStep() + i, rate, value);
          }
          network.backward(loss);
          clip(weights.gradients());
          optimizer.step(rate, range.firstStep() + i);
          tokens += batch.inputs().length;
          lossSum += value * batch.inputs().length;
          listener.onStep(i + 1, batch.inputs().length, value);
        }
      }
      Map<String, FloatVector> next = new TreeMap<>();
      optimizer.store(next);
      return new WorkerResult(
          weights.store(),
          new WorkerState(next),
          range.count(),
          tokens,
          lossSum,
          (System.nanoTime() - begin) * 1e-9,
          rate);
    }
  }

  private void clip(Tensor gradients) {
    if (train.clip() > 0) {
      double norm = gradients.norm().item_float();
      if (norm > train.clip()) {
        gradients.mul_(new Scalar(train.clip() / (norm + 1e-6)));
      }
    }
  }

  private static Tensor ids(int[] ids) {
    return torch.tensor(ids).to(torch.ScalarType.Long);
  }
}
