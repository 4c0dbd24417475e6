package io.chorale.jobs.train;

import io.chorale.average.Exchange;
import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.data.Dataset;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.jobs.round.TrainerSource;
import io.chorale.jobs.spark.SharedVector;
import io.chorale.task.Objective;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * The subject of a training: what it starts from, how workers train it, how what they return
 * becomes one, and how that is measured. Rounds, checkpoints and all else are the same for any.
 */
interface Subject {
  /** Its data, parameters and measure. */
  Objective objective();

  /** A word for it, for people. */
  String name();

  /** The first parameters: the same on every machine. */
  FloatVector initial();

  /** Opens the trainers of the workers. */
  TrainerSource trainers();

  /** What workers send, and how it is averaged. */
  Exchange exchange();

  /**
   * Measures the parameters on a split that holds predictions.
   *
   * @return measures by name, {@link io.chorale.task.Task#LOSS} first
   */
  Map<String, Double> measure(DatasetSplit split, SharedVector parameters);

  /**
   * The subject that the settings name.
   *
   * @throws io.chorale.config.SettingsException where the dataset does not go with it
   */
  static Subject of(JavaSparkContext spark, Storage storage, Settings settings, Dataset dataset) {
    return new TaskSubject(spark, storage, settings, dataset);
  }
}
