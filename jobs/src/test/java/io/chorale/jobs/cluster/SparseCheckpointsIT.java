package io.chorale.jobs.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.jobs.cluster.Fault.At;
import io.chorale.jobs.cluster.Fault.Does;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Processes are killed between two checkpoints, of which there is one in three rounds. */
class SparseCheckpointsIT {
  @RegisterExtension static final DrillGround GROUND = new DrillGround();

  private static final int ROUNDS = 6;
  private static Map<String, String> expected;

  @BeforeAll
  static void withEveryCheckpoint() throws Exception {
    ClusterTraining training = longer("every-checkpoint");
    Script.Result run = training.run();
    assertEquals(0, run.exitCode(), run.text());
    assertEquals(ROUNDS, checkpoints(training).size());
    expected = training.hashes(ROUNDS);
  }

  private static ClusterTraining longer(String name) throws IOException {
    return GROUND.training(name).set("train.steps=" + ROUNDS * 300);
  }

  /** Every round is evaluated, and few of them are not the best so far. */
  private static ClusterTraining sparse(String name) throws IOException {
    return longer(name).set("run.checkpoint-every=3").set("run.keep-best=false");
  }

  private static List<String> checkpoints(ClusterTraining training) throws IOException {
    try (Stream<Path> rounds = Files.list(training.path("run/checkpoints"))) {
      return rounds.map(round -> round.getFileName().toString()).sorted().toList();
    }
  }

  private static void assertUnharmed(ClusterTraining training, Script.Result run)
      throws IOException, InterruptedException {
    assertEquals(0, run.exitCode(), run.text());
    GROUND.cluster().assertNoExecutorsRemain();
    assertEquals(List.of("round-00000003", "round-00000006"), checkpoints(training));
    assertEquals(expected, training.hashes(ROUNDS));
  }

  private static void awaitRounds(ClusterTraining training, int rounds) throws Exception {
    Path metrics = training.path("run/metrics.jsonl");
    DrillGround.await(
        rounds + " rounds are done",
        () -> Files.exists(metrics) && Files.readAllLines(metrics).size() >= rounds);
  }

  @Test
  void anExecutorBetweenTwoCheckpoints() throws Exception {
    ClusterTraining training = sparse("sparse-executor");
    Script running = training.start();
    awaitRounds(training, 4);
    GROUND.cluster().killExecutor();
    Script.Result run = running.end();
    assertFalse(training.events("ExecutorRemoved").isEmpty(), "no executor was lost");
    assertUnharmed(training, run);
  }

  @Test
  @Tag("drills")
  void allExecutorsBetweenTwoCheckpoints() throws Exception {
    ClusterTraining training = sparse("sparse-executors");
    Script running = training.start();
    awaitRounds(training, 5);
    GROUND.cluster().killExecutor();
    GROUND.cluster().killExecutor();
    assertUnharmed(training, running.end());
  }

  @Test
  @Tag("drills")
  void theDriverBetweenTwoCheckpoints() throws Exception {
    // Round 4 begins with the states of round 3; some rounds later the driver is gone.
    ClusterTraining training =
        sparse("sparse-driver")
            .with(Fault.of(At.OPEN, "round-00000003/worker-00001", Does.KILL_DRIVER).millis(1500));
    Script.Result killed = training.run();
    assertEquals(128 + 9, killed.exitCode(), killed.text());
    GROUND.cluster().assertNoExecutorsRemain();
    Script.Result again = training.run();
    assertTrue(again.text().contains("goes on after round 3 of 6"), again.text());
    assertUnharmed(training, again);
  }
}
