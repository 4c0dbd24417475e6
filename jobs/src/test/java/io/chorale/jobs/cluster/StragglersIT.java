package io.chorale.jobs.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.jobs.cluster.Fault.At;
import io.chorale.jobs.cluster.Fault.Does;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A worker is slow, or the number of executors changes; the model is the same. */
@Tag("drills")
class StragglersIT {
  @RegisterExtension static final DrillGround GROUND = new DrillGround();

  /** Worker 1 of every round but the first, which has no state to read. */
  private static final String STATE_BEFORE = "round-0000000[0-9]/worker-00001";

  /**
   * The driver, between rounds: an executor that holds what a round in progress has shuffled is
   * never given back, so only then are both idle, whichever of them ran which worker.
   */
  private static final String MANIFEST = "round-0000000[12]/.?manifest";

  @Test
  void oneWorkerIsTenTimesSlower() throws Exception {
    ClusterTraining training =
        GROUND
            .training("slow")
            .with(Fault.of(At.OPEN, STATE_BEFORE, Does.DELAY).everyTime().millis(5_000));
    Script.Result run = training.run();
    assertTrue(training.faults().size() >= ClusterTraining.ROUNDS - 1, run.text());
    GROUND.assertUnharmed("one worker ten times slower", "rounds 2 and 3", training, run);
  }

  @Test
  void aSlowTaskIsCopied() throws Exception {
    ClusterTraining training =
        GROUND
            .training("speculation")
            .with(
                Fault.of(At.OPEN, "round-00000001/worker-00001", Does.DELAY)
                    .inAttemptsBelow(1)
                    .millis(120_000))
            .with("spark.speculation", "true")
            .with("spark.speculation.interval", "100ms")
            .with("spark.speculation.quantile", "0.5")
            .with("spark.speculation.minTaskRuntime", "1s");
    Script.Result run = training.run();
    assertEquals(
        1,
        training.events("TaskEnd").stream()
            .filter(task -> task.at("/Task Info/Speculative").asBoolean())
            .filter(task -> task.at("/Task End Reason/Reason").asText().equals("Success"))
            .filter(task -> task.at("/Task Info/Index").asInt() == 1)
            .filter(task -> task.at("/Task Type").asText().equals("ShuffleMapTask"))
            .count(),
        "no copy of the slow task ended first");
    GROUND.assertUnharmed(
        "speculative execution, a copy ends first",
        "a worker of round 2 stands still",
        training,
        run);
  }

  @Test
  void executorsComeAndGo() throws Exception {
    ClusterTraining training =
        GROUND
            .training("dynamic")
            .with(Fault.of(At.CREATE, MANIFEST, Does.DELAY).everyTime().millis(6_000))
            .with("spark.dynamicAllocation.enabled", "true")
            .with("spark.dynamicAllocation.shuffleTracking.enabled", "true")
            .with("spark.dynamicAllocation.shuffleTracking.timeout", "1s")
            .with("spark.dynamicAllocation.executorIdleTimeout", "1s")
            .with("spark.dynamicAllocation.cachedExecutorIdleTimeout", "1s")
            .with("spark.scheduler.minRegisteredResourcesRatio", "0");
    Script.Result run = training.run();
    assertEquals(ClusterTraining.ROUNDS - 1, training.faults().size(), run.text());
    assertTrue(
        training.events("ExecutorRemoved").stream()
            .anyMatch(event -> event.get("Removed Reason").asText().contains("driver")),
        "no executor was given back: " + training.events("ExecutorRemoved"));
    assertTrue(training.events("ExecutorAdded").size() > 2, "no executor came later");
    GROUND.assertUnharmed(
        "dynamic allocation with shuffle tracking", "executors come and go", training, run);
  }
}
