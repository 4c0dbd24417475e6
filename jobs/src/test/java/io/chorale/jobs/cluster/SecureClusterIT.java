package io.chorale.jobs.cluster;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code conf/spark-secure.conf}: who has the secret trains, who has it not is refused. */
@Tag("drills")
class SecureClusterIT {
  private static final Path CONF = Path.of("..", "conf", "spark-secure.conf").toAbsolutePath();
  private static final String VARIABLE = "_SPARK_AUTH_SECRET";
  private static final String SECRET = "a-secret-of-this-test-alone";

  @TempDir Path temporary;

  @Test
  void onlyWhoHasTheSecretTrains() throws Exception {
    try (Cluster cluster =
        new Cluster(
            temporary.resolve("cluster"),
            Map.of(VARIABLE, SECRET),
            "--workers=2",
            "--properties-file=" + CONF)) {
      ClusterTraining knowing = training(cluster, "knowing").withEnvironment(VARIABLE, SECRET);
      Script.Result trained = knowing.run();
      assertEquals(0, trained.exitCode(), trained.text());

      assertRefused(training(cluster, "wrong").withEnvironment(VARIABLE, "another"));
      assertRefused(new ClusterTraining(cluster.master(), temporary.resolve("open")));
    }
    try (Stream<Path> files = Files.walk(temporary)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertFalse(
            new String(Files.readAllBytes(file), ISO_8859_1).contains(SECRET),
            file + " holds the secret");
      }
    }
  }

  private ClusterTraining training(Cluster cluster, String name) throws Exception {
    return new ClusterTraining(cluster.master(), temporary.resolve(name)).withDefaults(CONF);
  }

  private static void assertRefused(ClusterTraining training) throws Exception {
    Script.Result run = training.run();
    HopelessRunsIT.assertEnds(
        run, "Cannot start Spark with master .*: it answers, but has not accepted this .*");
    assertFalse(Files.exists(training.path("run")), "a run has begun");
  }
}
