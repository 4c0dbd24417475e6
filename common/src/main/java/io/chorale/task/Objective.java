package io.chorale.task;

import io.chorale.data.Feed;
import io.chorale.model.ParameterLayout;

/**
 * The objective of a training: which data it reads, which parameters it moves, and which measure
 * tells how good they are. Not how.
 */
public interface Objective {
  /** How the dataset becomes batches. */
  Feed feed();

  /** The parameters. */
  ParameterLayout layout();

  /** The measure by which one checkpoint is better than another. */
  Task.Goal goal();

  /**
   * What a prediction is, for people and as a name: {@code tokens}, {@code rows}, {@code values}.
   */
  String predictions();

  /** Steps of the longest row of a batch: T. */
  int longest();
}
