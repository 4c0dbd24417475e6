package io.chorale.jobs.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.jobs.cluster.Fault.At;
import io.chorale.jobs.cluster.Fault.Does;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code conf/spark-yarn.conf}: on YARN, with a Spark of another line, the model is the same as on
 * this machine alone.
 */
@Tag("drills")
class YarnIT {
  @TempDir static Path temporary;

  private static Yarn yarn;
  private static Map<String, String> expected;

  @BeforeAll
  static void start() throws Exception {
    ClusterTraining local = new ClusterTraining("local[2]", temporary.resolve("local"));
    Script.Result run = local.run();
    assertEquals(0, run.exitCode(), run.text());
    expected = local.hashes();
    yarn = new Yarn(temporary.resolve("yarn"));
  }

  @AfterAll
  static void stop() throws Exception {
    if (yarn != null) {
      yarn.close();
    }
  }

  @Test
  void theDriverIsHere() throws Exception {
    ClusterTraining training = yarn.training(temporary.resolve("client"));
    assertSame(training, training.run());
    assertEquals(2, training.events("ExecutorAdded").size());
  }

  @Test
  void theDriverIsOnTheCluster() throws Exception {
    ClusterTraining training =
        yarn.training(temporary.resolve("cluster"))
            .withEnvironment("CHORALE_SUBMIT_OPTIONS", "--deploy-mode cluster --files my.yaml")
            .option("--config", "my.yaml");
    Files.writeString(training.path("my.yaml"), "run:\n  executor-wait: 60\n");
    Script.Result run = training.run();
    assertSame(training, run);
    assertFalse(run.text().contains("round "), "the driver was here: " + run.text());
  }

  @Test
  void anExecutorIsKilledInTheMiddleOfARound() throws Exception {
    ClusterTraining training =
        yarn.training(temporary.resolve("killed"))
            .with(Fault.of(At.OPEN, "round-00000001/worker-00001", Does.KILL_PROCESS).millis(200));
    assertSame(training, training.run());
    assertEquals(1, training.faults().size());
    assertTrue(training.events("ExecutorRemoved").size() >= 1, "no executor was lost");
  }

  private static void assertSame(ClusterTraining training, Script.Result run) throws Exception {
    assertEquals(0, run.exitCode(), run.text());
    assertEquals(expected, training.hashes());
    assertEquals(List.of(), training.temporaryFiles());
    yarn.assertAllSucceeded();
  }
}
