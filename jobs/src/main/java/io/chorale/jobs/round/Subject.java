package io.chorale.jobs.round;

import io.chorale.average.Exchange;
import io.chorale.config.DatasetSplit;
import io.chorale.io.FloatVector;
import io.chorale.jobs.spark.SharedVector;
import io.chorale.task.Objective;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.Path;

/**
 * The subject of a training: what it starts from, how workers train it, how what they return
 * becomes one, and how that is measured. Rounds, checkpoints and all else are the same for any.
 */
public interface Subject extends AutoCloseable {
  /** Its data, parameters and measure. */
  Objective objective();

  /** A word for it, for people. */
  String name();

  /** The first parameters: the same on every machine. */
  FloatVector initial();

  /**
   * Writes parameters that the training only reads into the run, before its first round.
   *
   * @return the name of the file; empty where all are trained
   */
  default Optional<String> writeBase(Path run) {
    return Optional.empty();
  }

  /** The file of a trained model that the first parameters are from, where it begins from one. */
  default Optional<String> initialFile() {
    return Optional.empty();
  }

  /** What else is to be known where a training begins or goes on, for people. */
  default Optional<String> remark() {
    return Optional.empty();
  }

  /**
   * Opens the trainers of the workers.
   *
   * @param round from 1
   */
  TrainerSource trainers(long round);

  /** What workers send, and how it is averaged. */
  Exchange exchange();

  /**
   * Measures the parameters on a split that holds predictions.
   *
   * @return measures by name, {@link io.chorale.task.Task#LOSS} first; none where the split turns
   *     out to hold nothing that can be measured
   */
  Map<String, Double> measure(DatasetSplit split, SharedVector parameters);

  /** Files of the run that its parameters cannot be understood without, by their names. */
  default Map<String, byte[]> files() {
    return Map.of();
  }

  /** Gives back what executors hold for it, when no task needs it any more. */
  @Override
  default void close() {}
}
