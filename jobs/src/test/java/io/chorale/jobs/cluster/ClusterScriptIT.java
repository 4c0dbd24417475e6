package io.chorale.jobs.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code scripts/cluster} says to a person. */
class ClusterScriptIT {
  @TempDir Path temporary;

  @Test
  void startsOnceAndStopsWhatItStarted() throws Exception {
    try (Cluster cluster = new Cluster(temporary.resolve("c"), Map.of(), "--workers=1")) {
      Script.Result status = cluster.script("status");
      assertEquals(0, status.exitCode(), status.text());
      assertTrue(status.text().contains(cluster.master()), status.text());
      assertTrue(status.text().contains("worker-1  pid "), status.text());

      Script.Result spelled =
          Script.start(
                  "cluster",
                  temporary,
                  Map.of(),
                  List.of("status", "--directory", temporary.relativize(cluster.directory()) + "/"))
              .end();
      assertEquals(status.text(), spelled.text());

      Script.Result twice = cluster.script("start");
      assertEquals(1, twice.exitCode(), twice.text());
      assertTrue(twice.text().contains("one runs there (" + cluster.master()), twice.text());

      cluster.killWorkers();
      Script.Result dead = cluster.script("status");
      assertTrue(dead.text().contains("worker-1  dead, see "), dead.text());

      assertEquals("", cluster.script("stop").text());
      assertSays("stop", 0, "No cluster runs in " + cluster.directory() + ".");
      assertSays("status", 1, "No cluster runs in " + cluster.directory() + ".");
    }
  }

  @Test
  void aWorkerThatDoesNotStartTakesNoOthersExecutorsAlong() throws Exception {
    try (Cluster cluster = new Cluster(temporary.resolve("c"), Map.of(), "--workers=1")) {
      String log = Files.readString(cluster.directory().resolve("worker-1.log"));
      Matcher address = Pattern.compile("Starting Spark worker (\\S+:\\d+) with").matcher(log);
      assertTrue(address.find(), log);
      // All that the script sees of an executor is whose it is.
      Process executor =
          new ProcessBuilder(
                  "bash", "-c", "read", "x", "--worker-url", "spark://Worker@" + address.group(1))
              .start();
      try {
        Script.Result added = cluster.script("add", "--memory=much");
        assertEquals(1, added.exitCode(), added.text());
        assertTrue(added.text().contains("worker-2 ended"), added.text());

        assertTrue(executor.isAlive());
        String status = cluster.script("status").text();
        assertTrue(status.contains("executor  pid " + executor.pid()), status);
        assertFalse(status.contains("worker-2"), status);
        assertEquals("", cluster.script("stop").text());
        assertFalse(executor.isAlive());
      } finally {
        executor.destroyForcibly();
      }
    }
  }

  @Test
  void whatADeadClusterLeftIsInNobodysWay() throws Exception {
    Path directory = Files.createDirectories(temporary.resolve("c"));
    // A process that runs, but is none of a cluster.
    Files.writeString(directory.resolve("master.pid"), ProcessHandle.current().pid() + "\n");
    assertSays("status", 1, "No cluster runs in " + directory + ".");
    assertSays("stop", 0, "The cluster in " + directory + " had died; removing what it left.");
    assertSays("stop", 0, "No cluster runs in " + directory + ".");
  }

  @Test
  void filesThatAreNoClustersStay() throws Exception {
    Path file = Files.createDirectories(temporary.resolve("c/local")).resolve("mine");
    Files.createFile(file);
    assertSays(
        "start",
        1,
        "Cannot start a cluster in %s: it holds other files, expected an empty directory or that of an earlier cluster. Choose another --directory."
            .formatted(temporary.resolve("c")));
    assertTrue(Files.exists(file));
  }

  @Test
  void wrongUseIsRefused() throws Exception {
    assertSays(
        "start", 2, "--workers must be a number from 1 to 9999 (got: none)", "--workers=none");
    assertSays("start", 2, "Unknown option --wrokers. See scripts/cluster --help.", "--wrokers=2");
    assertSays(
        "add",
        1,
        "Cannot add workers in %s: no cluster runs there, expected one. Start it first (scripts/cluster start)."
            .formatted(temporary.resolve("c")));
  }

  private void assertSays(String command, int exitCode, String expected, String... more)
      throws Exception {
    List<String> arguments =
        new ArrayList<>(List.of(command, "--directory", temporary.resolve("c").toString()));
    arguments.addAll(List.of(more));
    Script.Result result = Script.start("cluster", temporary, Map.of(), arguments).end();
    assertEquals(expected, result.text().strip());
    assertEquals(exitCode, result.exitCode());
  }
}
