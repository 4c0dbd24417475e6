package io.chorale.data;

import io.chorale.config.ChoraleException;

/** Transforms the rows of a dataset for a task, on their way into a batch. */
public interface Preparation {
  /** Nothing: a batch has the rows as they are. */
  Preparation NONE = new Preparation() {};

  /**
   * Looks at a row before it is read.
   *
   * @throws ChoraleException where it is no row for the task
   */
  default void check(Shard shard, int row) {}

  /**
   * The row as the batch has it, with what is to be predicted among its cells.
   *
   * @param row as it lies in the dataset, cut to what a batch takes of it
   * @param seeds that alone decide what is random in it
   */
  default Row prepare(Row row, long... seeds) {
    return row;
  }

  /**
   * Predictions in a shard, where no row is cut.
   *
   * @param target the column that is predicted
   */
  default long predictions(ShardFacts shard, String target) {
    return shard.elements(target);
  }

  /** Refuses a row whose target has more or fewer steps than what is read. */
  static Preparation aligned(String read, String target) {
    return new Preparation() {
      @Override
      public void check(Shard shard, int row) {
        int steps = shard.length(read, row);
        int targets = shard.length(target, row);
        if (steps != targets) {
          throw new ChoraleException(
              "Cannot use row %d (the first is 0) of shard %s: its column %s has %d elements, expected %d, one for each of its column %s. Correct the row, and write the dataset again."
                  .formatted(row, shard.name(), target, targets, steps, read));
        }
      }
    };
  }
}
