package io.chorale.jobs.round;

import java.io.Serializable;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.util.AccumulatorV2;

/**
 * The progress of a worker in a round.
 *
 * @param lossSum of all tokens, in nats
 */
public record WorkerProgress(int worker, long steps, long tokens, double lossSum)
    implements Serializable {

  /**
   * Carries progress to the driver with the executors' heartbeats. Of several attempts at one
   * worker's round the one that has come furthest counts.
   */
  public static final class Accumulator
      extends AccumulatorV2<WorkerProgress, Map<Integer, WorkerProgress>> {
    private static final long serialVersionUID = 1L;

    /** Concurrent, because the heartbeat reads while the task writes. */
    private final ConcurrentHashMap<Integer, WorkerProgress> workers = new ConcurrentHashMap<>();

    @Override
    public boolean isZero() {
      return workers.isEmpty();
    }

    @Override
    public Accumulator copy() {
      Accumulator copy = new Accumulator();
      copy.workers.putAll(workers);
      return copy;
    }

    @Override
    public void reset() {
      workers.clear();
    }

    @Override
    public void add(WorkerProgress progress) {
      workers.merge(progress.worker(), progress, (a, b) -> a.steps() > b.steps() ? a : b);
    }

    @Override
    public void merge(AccumulatorV2<WorkerProgress, Map<Integer, WorkerProgress>> other) {
      other.value().values().forEach(this::add);
    }

    @Override
    public Map<Integer, WorkerProgress> value() {
      return workers;
    }
  }
}
