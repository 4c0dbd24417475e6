package io.chorale.jobs.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.chorale.jobs.cluster.Fault.At;
import io.chorale.jobs.cluster.Fault.Does;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Processes are killed; the model is the same. */
class LostProcessesIT {
  @RegisterExtension static final DrillGround GROUND = new DrillGround();

  /** A worker of round 2 reads the state that it left in round 1. */
  private static final String STATE_BEFORE = "round-00000001/worker-00001";

  /** It writes the state that it leaves in round 2. */
  private static final String STATE_AFTER = "round-00000002/.?worker-0000";

  private static final int MILLIS_INTO_A_ROUND = 200;

  @Test
  void anExecutorInTheMiddleOfARound() throws Exception {
    ClusterTraining training =
        GROUND
            .training("executor-in-round")
            .with(Fault.of(At.OPEN, STATE_BEFORE, Does.KILL_PROCESS).millis(MILLIS_INTO_A_ROUND));
    Script.Result run = training.run();
    assertHappened(training);
    assertEquals(1, lostTasks(training));
    GROUND.assertUnharmed(
        "kill -9 an executor", "0.2 s into its local steps of round 2", training, run);
  }

  @Test
  @Tag("drills")
  void anExecutorWhileItWritesItsState() throws Exception {
    ClusterTraining training =
        GROUND
            .training("executor-state")
            .with(Fault.of(At.HALF_WRITTEN, STATE_AFTER, Does.KILL_PROCESS));
    Script.Result run = training.run();
    assertHappened(training);
    assertEquals(1, lostTasks(training));
    GROUND.assertUnharmed(
        "kill -9 an executor", "its state of round 2 is half written", training, run);
  }

  @ParameterizedTest
  @CsvSource({
    "NEXT_STAGE, 'all have trained round 2, the driver asks for their reports'",
    "LATER_STAGE, 'the driver has the reports of round 2, its averaging begins'"
  })
  @Tag("drills")
  void anExecutorBetweenTheMapAndTheAveraging(At at, String when) throws Exception {
    ClusterTraining training =
        GROUND.training("executor-" + at).with(Fault.of(at, STATE_AFTER, Does.KILL_PROCESS));
    Script.Result run = training.run();
    assertHappened(training);
    assertTrue(
        training.events("StageSubmitted").stream()
            .anyMatch(stage -> stage.at("/Stage Info/Stage Attempt ID").asInt() > 0),
        "no worker had to train again");
    GROUND.assertUnharmed("kill -9 an executor", when, training, run);
  }

  @Test
  @Tag("drills")
  void aMachineWithAReplacement() throws Exception {
    ClusterTraining training =
        GROUND
            .training("machine-replaced")
            .with(Fault.of(At.OPEN, STATE_BEFORE, Does.KILL_MACHINE).millis(MILLIS_INTO_A_ROUND));
    Script running = training.start();
    DrillGround.await("the machine is gone", () -> !training.faults().isEmpty());
    GROUND.cluster().add();
    Script.Result run = running.end();
    GROUND.assertUnharmed(
        "kill -9 a Spark worker and its executor, start another",
        "0.2 s into round 2",
        training,
        run);
  }

  @Test
  @Tag("drills")
  void aMachineWithoutAReplacement() throws Exception {
    ClusterTraining training =
        GROUND
            .training("machine-lost")
            .with(Fault.of(At.OPEN, STATE_BEFORE, Does.KILL_MACHINE).millis(MILLIS_INTO_A_ROUND));
    Script.Result run = training.run();
    assertHappened(training);
    assertEquals(2, training.events("ExecutorAdded").size(), "the other executor did all the rest");
    GROUND.cluster().add();
    GROUND.assertUnharmed(
        "kill -9 a Spark worker and its executor; the other takes over",
        "0.2 s into round 2",
        training,
        run);
  }

  @Test
  @Tag("drills")
  void theDriverInTheMiddleOfARound() throws Exception {
    driver(
        "driver-in-round",
        "0.2 s into round 2",
        Fault.of(At.OPEN, STATE_BEFORE, Does.KILL_DRIVER).millis(MILLIS_INTO_A_ROUND));
  }

  @Test
  @Tag("drills")
  void theDriverBetweenTheLastStateAndTheManifest() throws Exception {
    driver(
        "driver-before-manifest",
        "all states of round 2 are written, the model is not",
        Fault.of(At.CREATE, "round-00000002/.?model", Does.KILL_PROCESS));
  }

  @Test
  void theDriverWhileItWritesTheManifest() throws Exception {
    driver(
        "driver-in-manifest",
        "the manifest of round 2 is half written",
        Fault.of(At.HALF_WRITTEN, "round-00000002/.?manifest", Does.KILL_PROCESS));
  }

  /** The driver dies, and the same command is given again. */
  private static void driver(String name, String when, Fault fault) throws Exception {
    ClusterTraining training = GROUND.training(name).with(fault);
    Script.Result killed = training.run();
    assertHappened(training);
    assertEquals(128 + 9, killed.exitCode(), killed.text());
    GROUND.cluster().assertNoExecutorsRemain();
    Script.Result again = training.run();
    assertTrue(again.text().contains("goes on after round 1 of 3"), again.text());
    GROUND.assertUnharmed("kill -9 the driver, same command again", when, training, killed, again);
  }

  private static void assertHappened(ClusterTraining training) throws IOException {
    assertFalse(training.faults().isEmpty(), "nothing was killed");
  }

  private static long lostTasks(ClusterTraining training) throws IOException {
    return training.events("TaskEnd").stream()
        .map((JsonNode task) -> task.at("/Task End Reason/Reason").asText())
        .filter("ExecutorLostFailure"::equals)
        .count();
  }
}
