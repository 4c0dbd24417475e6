package io.chorale.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code docker/node retrain} in a release whose launcher ends as it is told. */
class RetrainTimerTest {
  private static final String CYCLE =
      """
      #!/usr/bin/env bash
      echo "$*" >> "$LOG"
      [ "$(cat "$ENDS")" != never ] || {
        trap 'echo stopped >> "$LOG"; exit 130' TERM
        while true; do sleep 0.05; done
      }
      exit "$(cat "$ENDS")"
      """;

  @TempDir Path directory;
  private Path home;
  private Path log;
  private final List<Process> started = new ArrayList<>();

  @BeforeEach
  void layOutARelease() throws IOException {
    home = directory.resolve("release");
    log = Files.createFile(directory.resolve("log"));
    for (String script : List.of("docker/node", "scripts/chorale")) {
      Files.createDirectories(home.resolve(script).getParent());
    }
    Files.copy(Path.of("..", "docker", "node"), home.resolve("docker/node"));
    Files.writeString(home.resolve("scripts/chorale"), CYCLE);
    Files.setPosixFilePermissions(
        home.resolve("scripts/chorale"), PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @AfterEach
  void end() throws InterruptedException {
    for (Process process : started) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
  }

  private Process node(Map<String, String> environment, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("bash", home.resolve("docker/node").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("said").toFile()));
    builder.environment().keySet().removeIf(key -> key.matches("(SPARK|CHORALE)_.*"));
    builder
        .environment()
        .putAll(
            Map.of(
                "LOG", log.toString(),
                "ENDS", directory.resolve("ends").toString(),
                "CHORALE_EVENTS", directory.resolve("events").toString(),
                "CHORALE_MASTER", "spark://there:7077",
                "CHORALE_NODE", directory.resolve("node").toString()));
    builder.environment().putAll(environment);
    Process process = builder.start();
    started.add(process);
    return process;
  }

  private void cyclesEnd(String how) throws IOException {
    Files.writeString(directory.resolve("ends"), how);
  }

  private int health() throws IOException, InterruptedException {
    return node(Map.of(), "health").waitFor();
  }

  private long cycles() throws IOException {
    try (var lines = Files.lines(log)) {
      return lines.filter(line -> line.startsWith("retrain ")).count();
    }
  }

  private String said() throws IOException {
    return Files.readString(directory.resolve("said"));
  }

  /** Something that can be so. */
  private interface Condition {
    boolean holds() throws IOException, InterruptedException;
  }

  private static void await(Condition condition) throws IOException, InterruptedException {
    long end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
    while (!condition.holds()) {
      assertTrue(System.nanoTime() < end, "waited in vain");
      Thread.sleep(20);
    }
  }

  private static int stopped(Process process) throws InterruptedException {
    process.toHandle().destroy();
    assertTrue(process.waitFor(1, TimeUnit.MINUTES));
    return process.exitValue();
  }

  @Test
  void aCycleIsFollowedByAPauseThatASignalEnds() throws Exception {
    cyclesEnd("0");
    Process timer = node(Map.of(), "retrain", "--config", "a b.yaml");
    await(() -> said().contains("the next one begins in"));
    assertEquals(
        "retrain --master spark://there:7077 --config a b.yaml", Files.readString(log).strip());
    assertTrue(Files.isDirectory(directory.resolve("events")));
    assertEquals(0, health());
    assertEquals(0, stopped(timer));
    assertEquals(1, cycles());
    assertTrue(said().endsWith("Stopped; the next start goes on.\n"), said());
  }

  @Test
  void aFailureIsToldUntilACycleEndsWell() throws Exception {
    cyclesEnd("1");
    Process timer = node(Map.of("CHORALE_RETRAIN_RETRY", "1"), "retrain", "--config", "x");
    await(() -> cycles() >= 2 && said().contains("The cycle ended with 1; "));
    assertEquals(1, health());
    assertTrue(said().contains("failed: the last cycle ended with 1"), said());
    cyclesEnd("0");
    await(() -> said().contains("The cycle ended with 0; the next one begins in 86"));
    assertEquals(0, health());
    assertEquals(0, stopped(timer));
  }

  @Test
  void aSignalStopsTheCycleThatIsAtWork() throws Exception {
    cyclesEnd("never");
    Process timer = node(Map.of(), "retrain", "--config", "x");
    await(() -> cycles() == 1);
    assertEquals(0, health());
    assertEquals(0, stopped(timer));
    assertTrue(Files.readString(log).endsWith("stopped\n"), Files.readString(log));
    assertEquals(1, cycles());
  }

  @Test
  void wrongUseIsRefused() throws Exception {
    assertEquals(2, node(Map.of("CHORALE_RETRAIN_EVERY", "daily"), "retrain", "x").waitFor());
    assertTrue(said().contains("CHORALE_RETRAIN_EVERY must be a number of seconds"), said());
    assertEquals(2, node(Map.of(), "retrain").waitFor());
    assertEquals(2, node(Map.of(), "cook").waitFor());
    assertEquals(2, node(Map.of("CHORALE_EVENTS", ""), "history").waitFor());
    assertEquals(0, node(Map.of(), "--help").waitFor());
    assertEquals(0, cycles());
  }
}
