package io.chorale.embed;

import io.chorale.config.TrainSettings;
import io.chorale.data.BatchSource;
import io.chorale.io.FloatSlices;
import io.chorale.train.LearningRate;
import io.chorale.train.LocalTrainer;
import io.chorale.train.LocalTraining;
import io.chorale.train.StepListener;
import io.chorale.train.StepRange;
import io.chorale.train.WorkerResult;
import io.chorale.train.WorkerState;
import java.util.Map;

/**
 * Skip-gram as what a worker does in a round. It keeps no state from round to round, and computes
 * in plain Java: the same bytes on every processor.
 */
public final class SkipGramTrainer implements LocalTrainer {
  private final SkipGram skipGram;
  private final BatchSource batches;
  private final LearningRate learningRate;

  /**
   * A trainer of one worker.
   *
   * @param batches its text
   * @param train the schedule of the learning rate
   */
  public SkipGramTrainer(SkipGram skipGram, BatchSource batches, TrainSettings train) {
    this.skipGram = skipGram;
    this.batches = batches;
    this.learningRate = new LearningRate(train);
  }

  @Override
  public WorkerState fresh() {
    return new WorkerState(Map.of());
  }

  @Override
  public LocalTraining begin(FloatSlices anchor, WorkerState none) {
    return new Training(anchor);
  }

  private final class Training implements LocalTraining {
    private final FloatSlices anchor;
    private FloatSlices rows;

    Training(FloatSlices anchor) {
      this.anchor = anchor;
    }

    @Override
    public WorkerResult run(int worker, StepRange range, StepListener listener) {
      long begin = System.nanoTime();
      SkipGramResult result =
          skipGram.run(anchor, worker, range, batches, learningRate::at, listener);
      rows = result.rows();
      // A loss is the mean over pairs, of which a token has several or none.
      double loss = result.lossSum() / Math.max(1, result.pairs());
      return new WorkerResult(
          range.count(),
          result.tokens(),
          loss * result.tokens(),
          (System.nanoTime() - begin) * 1e-9,
          learningRate.at(range.firstStep() + range.count() - 1),
          Double.NaN,
          Map.of());
    }

    @Override
    public FloatSlices parameters() {
      return rows;
    }

    @Override
    public void close() {}
  }
}
