package io.chorale.jobs.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What docker/node makes of the exit codes of a cycle, which a command that only ends stands for.
 */
class NodeTimerTest {
  @TempDir Path home;

  private Process node(String... arguments) throws Exception {
    Path node = home.resolve("docker/node");
    Files.createDirectories(node.getParent());
    Files.copy(Path.of("../docker/node"), node, StandardCopyOption.REPLACE_EXISTING);
    ProcessBuilder builder = new ProcessBuilder("bash", node.toString()).redirectErrorStream(true);
    builder.command().addAll(List.of(arguments));
    builder.environment().put("CHORALE_NODE", home.resolve("state").toString());
    builder.environment().put("CHORALE_EVENTS", "");
    builder.environment().put("CHORALE_RETRAIN_EVERY", "86400");
    builder.environment().put("CHORALE_RETRAIN_RETRY", "900");
    return builder.start();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 86400, 0",
    "10, 86400, 0",
    "11, 86400, 0",
    "12, 86400, 0",
    "1, 900, 1",
    "13, 900, 1"
  })
  void theNextCycleBeginsAsTheOneBeforeHasEnded(int code, int pause, int health) throws Exception {
    Path command = Files.createDirectories(home.resolve("scripts")).resolve("chorale");
    Files.writeString(command, "#!/usr/bin/env bash\nexit " + code + "\n");
    assertTrue(command.toFile().setExecutable(true));
    Process timer = node("retrain", "--config", "retrain.yaml");
    try (BufferedReader said = timer.inputReader()) {
      String line = said.readLine();
      String ended = "The cycle ended with %d; the next one begins in ".formatted(code);
      assertTrue(line.startsWith(ended) && line.endsWith(" seconds."), line);
      int found = Integer.parseInt(line.substring(ended.length(), line.length() - 9));
      // It counts from the start of the cycle.
      assertTrue(found <= pause && found > pause - 100, line);
      assertEquals(health, node("health").waitFor());
      timer.toHandle().destroy();
      assertTrue(timer.waitFor(30, TimeUnit.SECONDS));
      assertEquals(0, timer.exitValue());
    } finally {
      timer.descendants().forEach(ProcessHandle::destroyForcibly);
      timer.destroyForcibly();
    }
  }
}
