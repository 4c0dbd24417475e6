package io.chorale.jobs.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.jobs.command.CommandRun;
import io.chorale.jobs.console.ExitCode;
import io.chorale.jobs.spark.SharedSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchAveragingTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  @Test
  void everyCaseIsARow() throws Exception {
    CommandRun run =
        CommandRun.of(
            "bench-averaging",
            "--parameters=1000,2000",
            "--workers=2,3",
            "--send=float32,int8",
            "--turns=1",
            "--json",
            "--set=average.anchor=bfloat16");
    assertEquals(0, run.exitCode(), run.err());
    JsonNode rows = JsonMapper.builder().build().readTree(run.out());
    assertEquals(8, rows.size());
    JsonNode last = rows.get(7);
    assertEquals(2000, last.get("parameters").asLong());
    assertEquals(3, last.get("workers").asInt());
    assertEquals("int8", last.get("send").asText());
    assertEquals(3 * (2000 + 4 * 8), last.get("bytes_up").asLong());
    assertEquals(4 * 2000, last.get("bytes_averaged").asLong());
    assertEquals(3 * 2 * 2000, last.get("bytes_down").asLong());
    assertTrue(last.get("round_seconds").asDouble() > 0);
    assertTrue(last.get("heap_peak_bytes").asLong() > 0);
  }

  @ParameterizedTest
  @CsvSource({"--send=int2", "--parameters=0", "--workers=0", "--turns=0", "--parameters=many"})
  void wrongUseIsRefused(String option) {
    assertEquals(ExitCode.WRONG_USE, CommandRun.of("bench-averaging", option).exitCode());
  }
}
