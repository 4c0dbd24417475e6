package io.chorale.jobs.plan;

import io.chorale.config.Settings;
import io.chorale.embed.SkipGramObjective;

/**
 * Estimates the needs of a training of word vectors by MLlib, of which a round is a pass through
 * the text. It moves two rows a word, one of them for the hierarchical softmax.
 *
 * <p>An executor has both matrices once as they travel and once to be moved, for all its tasks, and
 * the rows that each task gives back; the driver has them, their broadcast, what comes back, and
 * the vectors. Each has the codes of all words.
 */
final class MllibEstimate {
  /** Two codes of up to 40 numbers, the word, and its entry in a table. */
  private static final long WORD = 512;

  private MllibEstimate() {}

  static RunEstimate of(
      Settings settings, SkipGramObjective vectors, int executorCores, long workerTokens) {
    int workers = settings.train().workers();
    int workersAtOnce = Math.min(executorCores, workers);
    int executors = (workers + workersAtOnce - 1) / workersAtOnce;
    long parameters = vectors.layout().size();
    long stored = RunEstimate.FLOAT * parameters;
    long moved = 2 * vectors.words() * settings.vectors().size();
    long floats = RunEstimate.FLOAT * moved;
    long codes = WORD * vectors.words();
    // Where a dataset is not there yet nobody knows; what does not fit is read again.
    long text = workerTokens == Long.MAX_VALUE ? 0 : RunEstimate.FLOAT * workerTokens;
    long executorHeap = 2 * floats + codes + workersAtOnce * (floats + text);
    long driverHeap = 3 * floats + codes + stored;
    return new RunEstimate(
        parameters,
        0,
        workersAtOnce,
        executors,
        RunEstimate.NATIVE_BASE,
        RunEstimate.heap(executorHeap),
        RunEstimate.heap(driverHeap),
        RunEstimate.NATIVE_BASE,
        RunEstimate.heap(driverHeap + workers * (floats + text)),
        0,
        Traffic.of(settings.average(), moved, workers, executors),
        stored,
        0,
        0,
        0);
  }
}
