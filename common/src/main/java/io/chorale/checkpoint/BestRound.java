package io.chorale.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.chorale.task.Task;
import java.util.Map;
import java.util.Optional;

/**
 * The round whose model has the best validation measure of a run so far.
 *
 * <p>Every checkpoint carries it in its metrics. So a training that goes on from a checkpoint
 * decides which model is the best, and when to stop early, as one that was never interrupted.
 *
 * @param round the earliest one with that value
 * @param split what was evaluated: values of different splits are not compared
 * @param measure the task's, by which one model is better than another
 * @param value the measure after that round
 * @param evaluationsSince evaluations after that round, none of which was better
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record BestRound(
    long round, String split, String measure, double value, long evaluationsSince) {

  /** The best round up to a checkpoint; empty where no round up to it was evaluated. */
  public static Optional<BestRound> of(CheckpointManifest checkpoint) {
    return of(checkpoint.metrics(), checkpoint.round());
  }

  /** As {@link #of(CheckpointManifest)}, from the metrics of that round. */
  static Optional<BestRound> of(JsonNode metrics, long round) {
    JsonNode best = metrics.path("best");
    return best.path("round").asLong() < 1 || best.path("round").asLong() > round
        ? Optional.empty()
        : Optional.of(
            new BestRound(
                best.path("round").asLong(),
                best.path("split").asText(),
                best.path("measure").asText(),
                best.path("value").asDouble(Double.NaN),
                best.path("evaluations_since").asLong()));
  }

  /**
   * The best round after one more.
   *
   * @param before the best one of the rounds before
   * @param validation the measures of the round's model; empty where it was not evaluated
   */
  public static Optional<BestRound> after(
      Optional<BestRound> before,
      long round,
      String split,
      Task.Goal goal,
      Map<String, Double> validation) {
    if (validation.isEmpty()) {
      return before;
    }
    double value = validation.get(goal.measure());
    BestRound here = new BestRound(round, split, goal.measure(), value, 0);
    return Optional.of(
        before
            .filter(best -> best.split.equals(split) && best.measure.equals(goal.measure()))
            .filter(best -> !Double.isNaN(best.value) && !goal.better(value, best.value))
            .map(BestRound::keptOnce)
            .orElse(here));
  }

  private BestRound keptOnce() {
    return new BestRound(round, split, measure, value, evaluationsSince + 1);
  }
}
