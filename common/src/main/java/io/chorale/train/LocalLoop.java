package io.chorale.train;

import io.chorale.config.Settings;
import io.chorale.data.BatchSource;
import io.chorale.io.FloatSlices;
import io.chorale.model.BaseWeights;
import io.chorale.task.Task;
import io.chorale.tensor.Device;
import io.chorale.tensor.Engine;
import io.chorale.tensor.StepScope;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.function.Supplier;

/** Trains a task's model by local steps, on the learning rate's schedule. */
public final class LocalLoop {
  private final Settings settings;
  private final Task task;
  private final LearningRate learningRate;
  private final Device device;
  private final FrozenRows frozen;
  private final Supplier<Optional<BaseWeights>> base;

  /**
   * A loop that trains on a task.
   *
   * @param device where to compute
   */
  public LocalLoop(Settings settings, Task task, Device device) {
    this(settings, task, device, FrozenRows.NONE, Optional::empty);
  }

  /**
   * A loop that trains all of a task's parameters but for some rows.
   *
   * @param device where to compute
   * @param base gives each training what the task only reads, where there is such; closed with it
   */
  public LocalLoop(
      Settings settings,
      Task task,
      Device device,
      FrozenRows frozen,
      Supplier<Optional<BaseWeights>> base) {
    this.device = device;
    this.frozen = frozen;
    this.base = base;
    this.settings = settings;
    this.task = task;
    this.learningRate = new LearningRate(settings.train());
  }

  /** The loop of a worker on these batches. */
  public LocalTrainer on(BatchSource batches) {
    return new LocalTrainer() {
      @Override
      public WorkerState fresh() {
        return Trainee.fresh(task, settings.train(), device);
      }

      @Override
      public LocalTraining begin(FloatSlices anchor, WorkerState state) {
        return new LoopTraining(anchor, state, batches);
      }
    };
  }

  /** One worker's steps. */
  private final class LoopTraining implements LocalTraining {
    private final BatchSource batches;
    private final Trainee trainee;

    LoopTraining(FloatSlices anchor, WorkerState state, BatchSource batches) {
      Engine.start();
      this.batches = batches;
      this.trainee = new Trainee(task, settings, anchor, state, frozen, base.get(), device);
    }

    @Override
    public FloatSlices parameters() {
      return trainee.parameters();
    }

    @Override
    public WorkerResult run(int worker, StepRange range, StepListener listener) {
      // From here on the anchor is on this machine: what fetching it took is no computing.
      long begin = System.nanoTime();
      long tokens = 0;
      double lossSum = 0;
      double rate = 0;
      try (StepScope round = new StepScope()) {
        for (long i = 0; i < range.count(); i++) {
          long step = range.firstStep() + i;
          rate = learningRate.at(step);
          var batch = batches.batch(range.firstBatch() + i);
          double loss = trainee.step(batch, rate, step, dropoutSeed(worker, step));
          if (!Double.isFinite(loss)) {
            throw new NonFiniteLossException(worker, step, rate, loss);
          }
          // One that asks for nothing counts as one without a loss: each worker must weigh
          // something.
          tokens += Math.max(1, batch.predictions());
          lossSum += loss * batch.predictions();
          listener.onStep(i + 1, batch.predictions(), loss);
        }
        trainee.save();
      }
      return new WorkerResult(
          range.count(),
          tokens,
          lossSum,
          (System.nanoTime() - begin) * 1e-9,
          rate,
          trainee.gradientNorms(),
          engine(trainee.kernels()));
    }

    @Override
    public void close() {
      trainee.close();
      Engine.release();
    }
  }

  private Map<String, String> engine(SortedSet<String> kernels) {
    Map<String, String> engine = new LinkedHashMap<>(Engine.facts());
    engine.put("device", device.toString());
    engine.put("products", kernels.isEmpty() ? "aten" : "onednn: " + String.join("; ", kernels));
    return engine;
  }

  /** Different for each worker and step; the generator behind it mixes the bits. */
  private long dropoutSeed(int worker, long step) {
    return (settings.train().seed() * 0x9E3779B97F4A7C15L + worker) * 0xBF58476D1CE4E5B9L + step;
  }
}
