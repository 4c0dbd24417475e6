package io.chorale.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chorale.io.FloatVector;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WorkerStateTest {
  @Test
  void onlyTheOptimizersMomentsAreInherited() {
    FloatVector moments = new FloatVector(3);
    moments.slice(0)[1] = 2;
    WorkerState state =
        new WorkerState(
            Map.of(
                "optimizer.adamw.first",
                moments,
                "hidden.0",
                new FloatVector(1),
                "feedback",
                new FloatVector(1)));
    assertEquals(Map.of("optimizer.adamw.first", moments), state.inherited().arrays());
    assertEquals(Set.of("feedback", "hidden.0", "optimizer.adamw.first"), state.arrays().keySet());
  }
}
