package io.chorale.jobs.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A cluster on this machine is for this user: its processes, its files, what it leaves. */
@EnabledOnOs(OS.LINUX)
class LoopbackIT {
  /** 127.x.x.x, alone and as an IPv6 address, and ::1; bytes of each word come last first. */
  private static final String LOOPBACK =
      "[0-9A-F]{6}7F|0000000000000000FFFF0000[0-9A-F]{6}7F|00000000000000000000000001000000";

  @TempDir Path temporary;

  @Test
  void nothingListensToOthersAndNothingLargeIsLeft() throws Exception {
    Path directory = temporary.resolve("cluster");
    try (Cluster cluster = new Cluster(directory, Map.of(), "--workers=1")) {
      assertEquals(
          "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)));
      ClusterTraining training =
          new ClusterTraining(cluster.master(), temporary.resolve("training"))
              .withEnvironment("SPARK_LOCAL_IP", "")
              .withoutOwn("spark.ui.enabled")
              .set("train.steps=30");
      Script running = training.start();
      DrillGround.await(
          "the run begins", () -> Files.exists(training.path("run").resolve("settings.yaml")));
      Set<String> addresses = listening(running.process().pid());
      // The driver, its blocks, its page.
      assertTrue(addresses.size() >= 3, addresses.toString());
      assertEquals(
          List.of(),
          addresses.stream().filter(address -> !address.matches("(" + LOOPBACK + "):.*")).toList());
      Script.Result run = running.end();
      assertEquals(0, run.exitCode(), run.text());
      assertEquals(1, left(directory, "chorale.jar"));
    }
    assertEquals(0, left(directory, "chorale.jar"));
    assertTrue(left(directory, "stderr") > 0);
  }

  private static long left(Path directory, String name) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.endsWith(name)).count();
    }
  }

  /** Addresses and ports, hexadecimal, at which a process waits for others. */
  private static Set<String> listening(long pid) throws IOException {
    Set<String> own;
    try (Stream<Path> opened = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      own = opened.map(LoopbackIT::target).collect(Collectors.toSet());
    }
    Set<String> found = new TreeSet<>();
    for (String table : List.of("tcp", "tcp6")) {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/net/" + table))) {
        String[] fields = line.strip().split("\\s+");
        if (fields[3].equals("0A") && own.contains("socket:[" + fields[9] + "]")) {
          found.add(fields[1]);
        }
      }
    }
    return found;
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      // It has been closed meanwhile.
      return "";
    }
  }
}
