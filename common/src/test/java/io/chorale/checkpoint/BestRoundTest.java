package io.chorale.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.task.Task;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BestRoundTest {
  private static final Task.Goal LOSS = new Task.Goal("loss", false);
  private static final Task.Goal ACCURACY = new Task.Goal("accuracy", true);

  /** After rounds of these values; not a number means that the round was not evaluated. */
  private static Optional<BestRound> after(Task.Goal goal, double... values) {
    Optional<BestRound> best = Optional.empty();
    for (int i = 0; i < values.length; i++) {
      Map<String, Double> measured =
          Double.isNaN(values[i]) ? Map.of() : Map.of(goal.measure(), values[i], "other", 1.0 / i);
      best = BestRound.after(best, i + 1, "validation", goal, measured);
    }
    return best;
  }

  @Test
  void theEarliestOfTheBestCounts() {
    assertEquals(
        Optional.of(new BestRound(2, "validation", "loss", 1, 2)), after(LOSS, 3, 1, 2, 1));
    assertEquals(
        Optional.of(new BestRound(3, "validation", "accuracy", 0.9, 1)),
        after(ACCURACY, 0.5, 0.2, 0.9, 0.9));
    assertEquals(
        Optional.of(new BestRound(4, "validation", "loss", 0.5, 0)), after(LOSS, 3, 1, 2, 0.5));
  }

  @Test
  void roundsWithoutAnEvaluationDoNotCount() {
    double none = Double.NaN;
    assertEquals(Optional.empty(), after(LOSS, none, none));
    assertEquals(
        Optional.of(new BestRound(2, "validation", "loss", 1, 1)),
        after(LOSS, none, 1, none, 2, none));
  }

  @Test
  void valuesOfAnotherSplitAreNotCompared() {
    assertEquals(
        Optional.of(new BestRound(3, "test", "loss", 9, 0)),
        BestRound.after(after(LOSS, 2, 1), 3, "test", LOSS, Map.of("loss", 9.0)));
  }

  @Test
  void aCheckpointCarriesIt() throws Exception {
    BestRound best = after(LOSS, 3, 0.1, 2).orElseThrow();
    JsonMapper json = JsonMapper.builder().build();
    JsonNode metrics =
        json.readTree(json.createObjectNode().set("best", json.valueToTree(best)).toString());
    assertEquals(Optional.of(best), BestRound.of(manifest(3, metrics)));
    // A round that is still to come is nothing that a run can know.
    assertTrue(BestRound.of(manifest(1, metrics)).isEmpty());
    for (String past : List.of("{}", "{\"best\":null}", "{\"best\":7}")) {
      assertTrue(BestRound.of(manifest(3, json.readTree(past))).isEmpty(), past);
    }
  }

  private static CheckpointManifest manifest(long round, JsonNode metrics) {
    return new CheckpointManifest(round, 1, 1, 1, List.of(), Map.of(), metrics);
  }
}
