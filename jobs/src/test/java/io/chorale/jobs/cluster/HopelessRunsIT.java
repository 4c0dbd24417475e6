package io.chorale.jobs.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.jobs.cluster.Fault.At;
import io.chorale.jobs.cluster.Fault.Does;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A run that cannot go on ends, with one sentence on what to do; done that, the model is the same.
 */
class HopelessRunsIT {
  @RegisterExtension static final DrillGround GROUND = new DrillGround();

  @Test
  void noExecutorIsGranted() throws Exception {
    ClusterTraining training =
        GROUND
            .training("too-large")
            .with("spark.executor.memory", "60g")
            .set("run.executor-wait=3");
    Script.Result run = training.run();
    assertEnds(run, "Cannot go on: for 3 seconds the cluster has given no executor, .*");
    assertEquals(List.of(), training.temporaryFiles());
  }

  @Test
  void nothingAnswersAtTheMaster() throws Exception {
    ClusterTraining training =
        new ClusterTraining("spark://127.0.0.1:9", GROUND.training("unreachable").path("."));
    Script.Result run = training.run();
    assertEnds(run, "Cannot start Spark with master spark://127.0.0.1:9: nothing answers there .*");
    // The launcher of Java says which options it takes.
    assertEquals(2, run.text().lines().count(), run.text());
    assertTrue(Files.notExists(training.path("run")));
  }

  @Test
  @Tag("drills")
  void allMachinesAreLost() throws Exception {
    ClusterTraining training =
        GROUND
            .training("all-lost")
            .with(Fault.of(At.OPEN, "round-00000001/worker", Does.DELAY).millis(5_000))
            // Long enough for executors to start on a busy machine.
            .set("run.executor-wait=20");
    Script running = training.start();
    DrillGround.await("round 2 begins", () -> !training.faults().isEmpty());
    GROUND.cluster().killWorkers();
    Script.Result lost = running.end();
    assertEnds(lost, "Cannot go on: for 20 seconds the cluster has given no executor, .*");
    GROUND.cluster().add();
    GROUND.cluster().add();
    Script.Result again = training.run();
    assertTrue(again.text().contains("goes on after round 1 of 3"), again.text());
    GROUND.assertUnharmed(
        "kill -9 all Spark workers; start others, same command again",
        "in round 2",
        training,
        lost,
        again);
  }

  @Test
  @Tag("drills")
  void executorsDieEveryTime() throws Exception {
    ClusterTraining training =
        GROUND
            .training("die-always")
            .with(Fault.of(At.OPEN, "round-00000001/worker-00001", Does.KILL_PROCESS).everyTime());
    Script.Result run = training.run();
    assertEnds(
        run, "Cannot go on: executors end again and again \\(Command exited with code 137\\), .*");
    training.faultIsOver();
    GROUND.assertUnharmed(
        "kill -9 each executor that takes the task; ended, same command again",
        "in round 2",
        training,
        run,
        training.run());
  }

  static void assertEnds(Script.Result run, String message) {
    assertEquals(1, run.exitCode(), run.text());
    String last = run.text().lines().reduce((before, line) -> line).orElse("");
    assertTrue(last.matches(message), run.text());
  }
}
