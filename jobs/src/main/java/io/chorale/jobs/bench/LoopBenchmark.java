package io.chorale.jobs.bench;

import io.chorale.config.ChoraleException;
import io.chorale.config.Settings;
import io.chorale.config.TrainSettings.Precision;
import io.chorale.io.FloatVector;
import io.chorale.model.BaseWeights;
import io.chorale.model.ParameterLayout;
import io.chorale.task.Task;
import io.chorale.tensor.Device;
import io.chorale.train.FrozenRows;
import io.chorale.train.LocalLoop;
import io.chorale.train.LocalTrainer;
import io.chorale.train.LocalTraining;
import io.chorale.train.StepRange;
import io.chorale.train.WorkerState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletionService;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/** Speed of bare local loops on this machine, each on one thread, with random tokens. */
final class LoopBenchmark {
  private LoopBenchmark() {}

  /**
   * What was measured.
   *
   * @param tokensPerSecond of all loops together, in the time in which all of them were running
   * @param millisecondsPerStep median of the steps of all loops; a machine that is shared hardly
   *     moves it, so it serves to compare kernels
   * @param parameters P
   */
  record Result(double tokensPerSecond, double millisecondsPerStep, long parameters) {}

  /**
   * Runs local steps with the model and the training of the settings.
   *
   * @param vocabulary V
   * @param loops how many run at once, at least 1
   * @param warmup steps of each before those that are measured, at least 1
   * @param steps of each that are measured, at least 1
   */
  static Result run(Settings settings, int vocabulary, int loops, int warmup, int steps) {
    CyclicBarrier warm = new CyclicBarrier(loops);
    ExecutorService threads = Executors.newFixedThreadPool(loops);
    try {
      // In the order in which they end: one that fails leaves the others waiting at the barrier.
      CompletionService<long[]> running = new ExecutorCompletionService<>(threads);
      for (int i = 0; i < loops; i++) {
        running.submit(() -> ends(settings, vocabulary, warm, warmup, steps));
      }
      List<long[]> ends = new ArrayList<>();
      for (int i = 0; i < loops; i++) {
        ends.add(running.take().get());
      }
      return result(settings, vocabulary, ends);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof ChoraleException told
          ? told
          : new ChoraleException("Cannot measure local loops: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ChoraleException("Cannot measure local loops: interrupted.", e);
    } finally {
      threads.shutdownNow();
    }
  }

  /** When the warm-up and each step after it ended, in nanoseconds. */
  private static long[] ends(
      Settings settings, int vocabulary, CyclicBarrier warm, int warmup, int steps) {
    long[] ends = new long[steps + 1];
    SyntheticDataset data = new SyntheticDataset(settings, vocabulary);
    Task task = data.task();
    Device device = Device.of(settings.train().device(), 0);
    LocalTrainer trainer =
        new LocalLoop(settings, task, device, FrozenRows.NONE, () -> base(settings, task, device))
            .on(data.batches());
    try (WorkerState state = trainer.fresh();
        LocalTraining training = trainer.begin(task.layout().initial(1), state)) {
      training.run(
          0,
          new StepRange(0, 0, warmup + steps),
          (done, tokens, loss) -> {
            if (done == warmup) {
              await(warm);
            }
            if (done >= warmup) {
              ends[(int) done - warmup] = System.nanoTime();
            }
          });
    }
    return ends;
  }

  /** What adapters belong to, at random: each loop has its own. */
  private static Optional<BaseWeights> base(Settings settings, Task task, Device device) {
    ParameterLayout layout = task.base();
    if (layout.size() == 0) {
      return Optional.empty();
    }
    boolean bfloat16 = settings.train().precision() == Precision.BFLOAT16;
    return Optional.of(
        BaseWeights.read(
            layout,
            bfloat16,
            device,
            stores ->
                layout
                    .entries()
                    .forEach(
                        entry -> {
                          FloatVector values = layout.only(slot -> slot == entry.slot()).initial(1);
                          for (int i = 0; i < values.sliceCount(); i++) {
                            stores.get(entry.name()).put(i, values.slice(i));
                          }
                        })));
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (InterruptedException | BrokenBarrierException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Sums up.
   *
   * @param ends of each loop: when its warm-up and each step after it ended, in nanoseconds
   */
  static Result result(Settings settings, int vocabulary, List<long[]> ends) {
    long begin = ends.stream().mapToLong(loop -> loop[0]).max().orElseThrow();
    long end = ends.stream().mapToLong(loop -> loop[loop.length - 1]).min().orElseThrow();
    long counted =
        ends.stream().flatMapToLong(Arrays::stream).filter(at -> begin < at && at <= end).count();
    double[] times =
        ends.stream()
            .flatMapToDouble(
                loop -> IntStream.range(1, loop.length).mapToDouble(i -> loop[i] - loop[i - 1]))
            .sorted()
            .toArray();
    SyntheticDataset data = new SyntheticDataset(settings, vocabulary);
    return new Result(
        counted * data.tokensOfStep() / ((end - begin) * 1e-9),
        times[times.length / 2] * 1e-6,
        data.task().layout().size());
  }
}
