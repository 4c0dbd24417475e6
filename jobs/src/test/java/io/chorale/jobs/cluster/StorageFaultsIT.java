package io.chorale.jobs.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.jobs.cluster.Fault.At;
import io.chorale.jobs.cluster.Fault.Does;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Storage refuses; the model is the same, or the user is told what to do, and then it is. */
@Tag("drills")
class StorageFaultsIT {
  @RegisterExtension static final DrillGround GROUND = new DrillGround();

  @Test
  void aTaskFailsTwice() throws Exception {
    ClusterTraining training =
        GROUND
            .training("task-fails")
            .with(Fault.of(At.OPEN, "round-00000001/worker-00001", Does.REFUSE).inAttemptsBelow(2));
    Script.Result run = training.run();
    assertTrue(training.faults().size() >= 2, training.faults().toString());
    assertEquals(
        2,
        training.events("TaskEnd").stream()
            .filter(task -> task.at("/Task Info/Failed").asBoolean())
            .count());
    GROUND.assertUnharmed(
        "a task fails twice, then succeeds", "it reads its state for round 2", training, run);
  }

  @Test
  void aWorkersWriteIsRefusedOnce() throws Exception {
    refusedOnce("worker", "a worker writes its state of round 2", "round-00000002/.?worker-00001");
  }

  @Test
  void theDriversWriteIsRefusedOnce() throws Exception {
    refusedOnce("model", "the driver writes the model of round 2", "round-00000002/.?model");
  }

  @Test
  void theManifestsWriteIsRefusedOnce() throws Exception {
    refusedOnce("manifest", "the driver writes the manifest", "round-00000002/.?manifest");
  }

  private static void refusedOnce(String name, String when, String path) throws Exception {
    ClusterTraining training =
        GROUND.training("refused-" + name).with(Fault.of(At.CREATE, path, Does.REFUSE));
    Script.Result run = training.run();
    assertFalse(training.faults().isEmpty(), "nothing was refused");
    GROUND.assertUnharmed("storage refuses a write once", when, training, run);
  }

  @Test
  void fullForTheWorkers() throws Exception {
    full("workers", "the workers write their states of round 2", "round-00000002/.?worker");
  }

  @Test
  void fullForTheDriver() throws Exception {
    full("driver", "the driver writes the model of round 2", "round-00000002/.?model");
  }

  private static void full(String name, String when, String path) throws Exception {
    ClusterTraining training =
        GROUND
            .training("full-" + name)
            .with(Fault.of(At.HALF_WRITTEN, path, Does.FULL).everyTime());
    Script.Result failed = training.run();
    assertEquals(1, failed.exitCode(), failed.text());
    String said = failed.text().lines().reduce((before, line) -> line).orElse("");
    assertTrue(
        said.matches(
            "Cannot write .*: No space left on device\\. Free space there, then run again\\."),
        failed.text());
    assertEquals(List.of(), training.temporaryFiles());
    GROUND.cluster().assertNoExecutorsRemain();
    training.faultIsOver();
    Script.Result again = training.run();
    assertTrue(again.text().contains("goes on after round 1 of 3"), again.text());
    GROUND.assertUnharmed(
        "storage is full; freed, same command again", when, training, failed, again);
  }
}
