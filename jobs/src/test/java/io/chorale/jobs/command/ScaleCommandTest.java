package io.chorale.jobs.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.jobs.console.ExitCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScaleCommandTest {
  @TempDir Path directory;

  @Test
  void checksItselfAndPredicts() throws Exception {
    List<String> rows = new ArrayList<>();
    for (int workers : new int[] {2, 4, 8, 100}) {
      for (long parameters : new long[] {1_000_000, 5_000_000}) {
        rows.add(
            "{\"parameters\":%d,\"workers\":%d,\"cpu_seconds\":%s}"
                .formatted(parameters, workers, cost(parameters, workers)));
      }
    }
    Path file = Files.writeString(directory.resolve("rows.json"), rows.toString());
    CommandRun run =
        CommandRun.of("scale", "--measured=" + file, "--workers=1000", "--parameters=10000000");
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.out().contains("check: 100 workers, 5,000,000 parameters"), run.out());
    assertTrue(run.out().contains(": 1.00"), run.out());
    // 0.1 s, 1,000 x 3 ms, 10 x 20 ms; 1,000 workers x 40 MB.
    assertTrue(run.out().contains("3.30 s"), run.out());
    assertTrue(run.out().contains("40.0 GB"), run.out());
  }

  @Test
  void filesThatHoldNoRowsAreRefused() throws Exception {
    for (String content : List.of("[]", "{\"a\":1}", "not json", "[{\"parameters\":1}]")) {
      Path file = Files.writeString(directory.resolve("rows.json"), content);
      CommandRun run = CommandRun.of("scale", "--measured=" + file);
      assertEquals(ExitCode.WRONG_USE, run.exitCode(), content);
      assertTrue(run.err().contains("rows.json"), run.err());
    }
    assertEquals(ExitCode.WRONG_USE, CommandRun.of("scale", "--measured=missing.json").exitCode());
  }

  private static double cost(long parameters, int workers) {
    return 0.1 + 0.003 * workers + 0.02e-6 * parameters;
  }
}
