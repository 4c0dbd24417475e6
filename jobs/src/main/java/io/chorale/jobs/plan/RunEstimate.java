package io.chorale.jobs.plan;

import io.chorale.average.Codec;
import io.chorale.average.OuterOptimizer;
import io.chorale.config.ModelSettings;
import io.chorale.config.Settings;
import io.chorale.config.TaskSettings;
import io.chorale.config.TrainSettings;
import io.chorale.config.TrainSettings.Optimizer;
import io.chorale.config.TrainSettings.Precision;
import io.chorale.data.Column;
import io.chorale.data.Schema;
import io.chorale.embed.SkipGramObjective;
import io.chorale.evaluate.Evaluator;
import io.chorale.io.FloatVector;
import io.chorale.task.LanguageModel;
import io.chorale.task.Objective;
import io.chorale.task.Task;
import io.chorale.tensor.Products;

/**
 * Estimates the needs of a training by arithmetic on its settings: memory, traffic, storage. Bytes,
 * unless a name says otherwise.
 *
 * <p>An executor, beside what every one needs, with k workers at once on c cores:
 *
 * <ul>
 *   <li>outside the heap the larger of k trainings and c evaluations, which take turns. A training:
 *       parameters, gradients, moments, what rounding has taken from deltas, and what a step leaves
 *       for its way back; an evaluation: parameters, and what the forward pass of {@code
 *       evaluate.batch} blocks makes, logits and their softmax among it;
 *   <li>in the heap the anchor, and k times: slices of what is read, sent and written, and the
 *       worker's data: min({@code train.shuffle-window}, its tokens) times 2 or 4 bytes, as the
 *       vocabulary has it; of a series 4 bytes a channel.
 * </ul>
 *
 * <p>Where adapters are trained, P counts them alone, and a process has one copy of what they
 * belong to outside its heap; the driver once has it in its heap, before the first round.
 *
 * <p>A worker on a GPU has there what it has else outside the heap and, in attention whose kernel
 * takes no float32 or no mask, the softmax of all pairs of steps. Outside the heap stays what CUDA
 * takes there, and what rounding has taken.
 *
 * <p>Word vectors take nothing outside the heap; a worker and an evaluation have a copy of the rows
 * in it. Their parameters are those of a vocabulary of which every entry is frequent enough: there
 * are no more.
 *
 * @param parameters P
 * @param base parameters that are only read; 0 where all are trained
 * @param workersAtOnce workers that an executor runs at the same time
 * @param executors that it takes for all workers to run at the same time
 * @param nativeMemory of an executor, outside the Java heap: what {@code
 *     spark.executor.memoryOverhead} must grant
 * @param executorHeap {@code spark.executor.memory}
 * @param driverHeap {@code CHORALE_DRIVER_MEMORY}, {@code spark.driver.memory}
 * @param localNativeMemory outside the heap of the one process that is driver and executor under a
 *     local master, with all workers at once
 * @param localHeap of that process, {@code CHORALE_DRIVER_MEMORY}
 * @param gpuMemory of a GPU, for one worker that trains and evaluates on it
 * @param traffic what a round moves
 * @param stored what a checkpoint writes to storage, from the driver and from the workers
 * @param storedByWorker the part of it that each worker writes
 * @param keptByExecutor the part of its memory in which its workers' states wait between
 *     checkpoints; 0 where every round has a checkpoint
 * @param keptByDriver anchors that it holds between checkpoints, beside that of the round under
 *     way, in Spark's share of the heap and on its own disk; 0 where every round has a checkpoint
 */
public record RunEstimate(
    long parameters,
    long base,
    int workersAtOnce,
    int executors,
    long nativeMemory,
    long executorHeap,
    long driverHeap,
    long localNativeMemory,
    long localHeap,
    long gpuMemory,
    Traffic traffic,
    long stored,
    long storedByWorker,
    long keptByExecutor,
    long keptByDriver) {

  static final int FLOAT = 4;

  /** Spark, its shuffle's buffers and Chorale themselves. */
  private static final long HEAP_BASE = 512L << 20;

  /** libtorch's code, OpenBLAS's buffers, and the memory of JVM and network outside the heap. */
  static final long NATIVE_BASE = 768L << 20;

  /** CUDA's context, libtorch's kernels and cuBLAS's workspaces on a GPU; measured. */
  private static final long GPU_BASE = 832L << 20;

  /** What CUDA takes outside the heap of a process that computes on a GPU; measured. */
  private static final long CUDA_BASE = 1L << 30;

  /** What the allocator takes beyond what is asked for; measured: between 1.0 and 1.1. */
  private static final double NATIVE_SLACK = 1.1;

  /** Tensors over all pairs of steps at a time: scores, those that are masked, the softmax. */
  private static final long LOOK_PASS = 3;

  /** What Spark's memory manager and the garbage collector want beyond what is alive. */
  private static final double HEAP_SLACK = 1.5;

  /** Spark fills 0.6 of a heap with blocks, before it moves any to disk; 1.2 for the collector. */
  private static final double BESIDE_BLOCKS = 3;

  /** Slices of a worker on their way between native memory, files and the shuffle. */
  private static final long SLICES_AT_A_TIME = 8;

  /** Slices that the driver holds while it receives averages. */
  private static final long COLLECTED_AT_A_TIME = 64L << 20;

  /**
   * The estimate.
   *
   * @param schema of the dataset
   * @param executorCores workers that an executor has room for
   * @param workerTokens of the worker with most data; as large as can be where nobody knows yet
   */
  public static RunEstimate of(
      Settings settings, Schema schema, int executorCores, long workerTokens) {
    TrainSettings train = settings.train();
    Objective objective = SkipGramObjective.atMost(settings, schema, "these settings");
    if (objective instanceof SkipGramObjective vectors && settings.vectors().byMllib()) {
      return MllibEstimate.of(settings, vectors, executorCores, workerTokens);
    }
    long parameters = objective.layout().size();
    long floats = FLOAT * parameters;
    long outerState =
        OuterOptimizer.of(settings.average(), train.workers()).stateNames().size() * floats;
    int workersAtOnce = Math.min(executorCores, train.workers());
    int executors = (train.workers() + workersAtOnce - 1) / workersAtOnce;
    Traffic traffic = Traffic.of(settings.average(), parameters, train.workers(), executors);
    long anchor = traffic.anchor();
    long base = objective instanceof Task task ? task.base().size() : 0;
    long read = base * (train.precision() == Precision.BFLOAT16 ? FLOAT + FLOAT / 2 : FLOAT);
    Process process =
        objective instanceof Task task
            ? Process.of(task, settings, floats)
            : new Process(0, 0, 0, 0, floats, floats, 0);
    long data =
        Math.min(train.shuffleWindow(), workerTokens)
            * objective.feed().columns().stream()
                .map(schema::column)
                .filter(Column::ragged)
                .mapToLong(Column::stepBytes)
                .max()
                .orElseThrow();
    long workerHeap = process.workerHeap + data;
    long executorHeap =
        anchor + Math.max(workersAtOnce * workerHeap, executorCores * process.evaluationHeap);
    long ofDriver = floats + outerState + COLLECTED_AT_A_TIME;
    long driverHeap = Math.max(ofDriver + anchor, FLOAT * base);
    long workers = train.workers();
    int every = settings.run().checkpointEvery();
    return new RunEstimate(
        parameters,
        base,
        workersAtOnce,
        executors,
        outsideHeap(
            train,
            read + process.computing(workersAtOnce, executorCores, every > 1),
            workersAtOnce * process.residual),
        heap(executorHeap),
        every == 1
            ? heap(driverHeap)
            : Math.max(heap(driverHeap), (long) (BESIDE_BLOCKS * ofDriver)),
        outsideHeap(
            train,
            read + process.computing(workers, workers, every > 1),
            workers * process.residual),
        // The driver's copy of the anchor is the executors', too.
        heap(driverHeap + workers * workerHeap),
        GPU_BASE + (long) (NATIVE_SLACK * (read + process.gpu)),
        traffic,
        floats + outerState + train.workers() * process.state,
        process.state,
        every == 1 ? 0 : workersAtOnce * process.state,
        (every - 1) * anchor);
  }

  /**
   * The memory of one worker and of one evaluation, beside the anchor.
   *
   * @param worker outside the heap, without the residual
   * @param residual what rounding has taken from deltas, outside the heap
   * @param evaluation outside the heap
   * @param state of a worker, from round to round
   * @param workerHeap in the heap
   * @param evaluationHeap in the heap
   * @param gpu of a GPU, the larger of both
   */
  private record Process(
      long worker,
      long residual,
      long evaluation,
      long state,
      long workerHeap,
      long evaluationHeap,
      long gpu) {
    /**
     * What computing takes outside the heap, without residuals.
     *
     * @param waits whether the workers' states wait there while an evaluation computes
     */
    long computing(long workers, long evaluations, boolean waits) {
      long moments = state - residual;
      return Math.max(workers * worker, evaluations * evaluation + (waits ? workers * moments : 0));
    }

    static Process of(Task task, Settings settings, long floats) {
      TrainSettings train = settings.train();
      long moments = moments(train) * floats;
      long residual = Codec.of(settings.average().send()).exact() ? 0 : floats;
      // Of a copy autograd makes gradients, but not of what is multiplied without it.
      long copies =
          train.precision() != Precision.BFLOAT16
              ? 0
              : Products.expected(train) ? floats / 2 : floats;
      // Parameters, their gradients, moments, what a step leaves for its way back.
      long worker = 2 * floats + moments + copies + activations(task, train);
      long evaluation = floats + forwardPass(task, settings);
      long gpu =
          Math.max(
              worker + FLOAT * looksKept(task, settings),
              evaluation + FLOAT * looksMade(task, settings, rows(task, settings)));
      long slices = SLICES_AT_A_TIME * Math.min(floats, (long) FLOAT * FloatVector.SLICE);
      return new Process(worker, residual, evaluation, moments + residual, slices, 0, gpu);
    }
  }

  /**
   * What a process takes outside its heap.
   *
   * @param computing bytes that computing takes: on a GPU in the GPU's own memory
   * @param beside bytes that lie in the machine's memory in any case
   */
  private static long outsideHeap(TrainSettings train, long computing, long beside) {
    boolean gpu = train.device() == TrainSettings.Device.GPU;
    return NATIVE_BASE
        + (gpu ? CUDA_BASE : 0)
        + (long) (NATIVE_SLACK * (beside + (gpu ? 0 : computing)));
  }

  static long heap(long bytes) {
    return HEAP_BASE + (long) (HEAP_SLACK * bytes);
  }

  /**
   * Seconds of a round that are neither computing nor evaluating: its traffic, and the workers'
   * state on its way to storage on other machines and back, which falls to all rounds of a
   * checkpoint.
   *
   * @param bitsPerSecond of each machine's link
   * @param checkpointEvery rounds from one checkpoint to the next
   */
  public double transferSeconds(double bitsPerSecond, int checkpointEvery) {
    double state = 2.0 * workersAtOnce * storedByWorker / checkpointEvery;
    return traffic.seconds(bitsPerSecond) + 8 * state / bitsPerSecond;
  }

  private static long moments(TrainSettings train) {
    return train.optimizer() == Optimizer.ADAMW ? 2 : train.momentum() > 0 ? 1 : 0;
  }

  /** What a step keeps for its way back, and the largest gradients on it. */
  private static long activations(Task task, TrainSettings train) {
    long kept = task.keptByStep(train.batch(), task.longest());
    // What matrix products take and give, once more as bfloat16.
    return FLOAT * (train.precision() == Precision.BFLOAT16 ? kept + kept / 2 : kept);
  }

  /** What a forward pass of an evaluation holds. */
  private static long forwardPass(Task task, Settings settings) {
    return FLOAT * task.madeByPass(rows(task, settings), task.longest());
  }

  private static int rows(Task task, Settings settings) {
    return Math.min(Evaluator.rows(task, settings.evaluate().batch()), task.feed().rowsOfPart());
  }

  /** Floats of attention over all pairs of steps that a step keeps for its way back. */
  private static long looksKept(Task task, Settings settings) {
    // A language model's attention alone has no mask.
    boolean fused =
        settings.train().precision() == Precision.BFLOAT16 && task instanceof LanguageModel;
    long made = fused ? 0 : looksMade(task, settings, settings.train().batch());
    int layers = settings.attention().recompute() ? 1 : settings.model().layers();
    int looks = settings.task().kind() == TaskSettings.Kind.TRANSLATION ? 3 : 1;
    return made + made / LOOK_PASS * layers * looks;
  }

  /** Those that one look makes. */
  private static long looksMade(Task task, Settings settings, long rows) {
    long steps = task.longest();
    return settings.model().kind() == ModelSettings.Kind.TRANSFORMER
        ? LOOK_PASS * rows * settings.attention().heads() * steps * steps
        : 0;
  }
}
