package io.chorale.train;

import io.chorale.config.Settings;
import io.chorale.data.Batch;
import io.chorale.data.BatchSource;
import io.chorale.model.Models;
import io.chorale.tensor.Device;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Speed of the bare local loop on this machine, on one thread, with random tokens. */
public final class LoopBenchmark {
  private LoopBenchmark() {}

  /**
   * What was measured.
   *
   * @param tokensPerSecond tokens of a step over its median time
   * @param millisecondsPerStep median
   * @param parameters P
   * @param steps measured, after the warm-up
   */
  public record Result(
      double tokensPerSecond, double millisecondsPerStep, long parameters, int steps) {}

  /**
   * Runs local steps with the model and the training of the settings.
   *
   * @param vocabulary V
   * @param warmup steps before those that are measured
   * @param steps steps that are measured, at least 1
   */
  public static Result run(Settings settings, int vocabulary, int warmup, int steps) {
    long[] ends = new long[warmup + steps + 1];
    ends[0] = System.nanoTime();
    new LocalLoop(
            settings.model(), settings.train(), vocabulary, Device.of(settings.train().device(), 0))
        .run(
            Models.initial(settings.model(), vocabulary, settings.train().context(), 1),
            WorkerState.fresh(),
            0,
            new StepRange(0, 0, warmup + steps),
            new RandomBatches(settings.train().batch(), settings.train().context(), vocabulary),
            (done, tokens, loss) -> ends[(int) done] = System.nanoTime());
    long[] times = new long[steps];
    Arrays.setAll(times, i -> ends[warmup + i + 1] - ends[warmup + i]);
    Arrays.sort(times);
    double median = times[steps / 2] * 1e-9;
    long tokens = (long) settings.train().batch() * settings.train().context();
    long parameters =
        Models.layout(settings.model(), vocabulary, settings.train().context()).size();
    return new Result(tokens / median, median * 1e3, parameters, steps);
  }

  /** Uniform tokens: the speed does not depend on what they say. */
  private record RandomBatches(int rows, int length, int vocabulary) implements BatchSource {
    @Override
    public long batchesPerEpoch() {
      return Long.MAX_VALUE;
    }

    @Override
    public Batch batch(long step) {
      int[] window =
          new SplittableRandom(step).ints((long) rows * length + 1, 0, vocabulary).toArray();
      return new Batch(
          Arrays.copyOf(window, rows * length),
          Arrays.copyOfRange(window, 1, rows * length + 1),
          rows,
          length,
          step > 0);
    }
  }
}
