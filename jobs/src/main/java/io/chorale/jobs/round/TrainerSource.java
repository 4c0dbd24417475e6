package io.chorale.jobs.round;

import io.chorale.io.Storage;
import io.chorale.train.LocalTrainer;
import java.io.Serializable;

/** Opens a worker's trainer on its executor. */
public interface TrainerSource extends Serializable {
  /**
   * Opens a trainer.
   *
   * @param shards of the training split that the worker owns, by their index
   */
  LocalTrainer open(Storage storage, int[] shards);
}
