package io.chorale.jobs.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.io.Storage;
import io.chorale.jobs.console.ExitCode;
import io.chorale.jobs.monitor.HookServer;
import io.chorale.jobs.spark.SharedSession;
import io.chorale.jobs.train.TinyTraining;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What a webhook is told of a training, by the command that trains. */
class AlertsTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  @TempDir Path directory;
  private TinyTraining tiny;

  @BeforeEach
  void makeTheDataset() {
    tiny = new TinyTraining(null, new Storage(new Configuration()), directory.toString());
    tiny.dataset(400, 400);
  }

  @Test
  void aTrainingThatHasFinishedIsToldWithItsMeasures() throws Exception {
    try (HookServer server = new HookServer(200)) {
      CommandRun run = train("alerts.webhook=" + server.url());
      assertEquals(0, run.exitCode(), run.err());

      JsonNode told = only(server);
      List<String> lines = Files.readAllLines(directory.resolve("run/metrics.jsonl"));
      JsonNode last = JsonMapper.builder().build().readTree(lines.get(lines.size() - 1));
      assertEquals("train", told.path("command").asText());
      assertEquals("finished", told.path("outcome").asText());
      assertTrue(told.path("run").asText().endsWith("/run"), told.toString());
      assertEquals(last.path("round"), told.path("round"));
      assertEquals(last.path("local_steps"), told.path("steps"));
      assertEquals(last.path("train_loss"), told.path("measures").path("train_loss"));
      assertEquals(last.path("validation_loss"), told.path("measures").path("validation_loss"));
      assertEquals("", told.path("reason").asText());
    }
  }

  @Test
  void aTrainingThatFailsIsToldWithTheReason() throws Exception {
    try (HookServer server = new HookServer(200)) {
      CommandRun run = train("alerts.webhook=" + server.url(), "train.learning-rate=1e30");
      assertEquals(ExitCode.FAILED, run.exitCode(), run.err());

      JsonNode told = only(server);
      assertEquals("failed", told.path("outcome").asText());
      assertEquals(0, told.path("round").asLong());
      String reason = told.path("reason").asText();
      assertTrue(reason.startsWith("Round 1: "), reason);
      assertTrue(run.err().contains(reason), run.err());
    }
  }

  @Test
  void aTrainingThatCannotBeginIsToldWithoutWhatAnEarlierOneHasLeft() throws Exception {
    try (HookServer server = new HookServer(200)) {
      assertEquals(0, train().exitCode());
      CommandRun run = train("alerts.webhook=" + server.url(), "data.path=" + directory + "/none");
      assertTrue(run.exitCode() != 0);

      JsonNode told = only(server);
      assertEquals("failed", told.path("outcome").asText());
      assertEquals(0, told.path("round").asLong());
      assertEquals(0, told.path("measures").size());
      assertEquals(directory + "/run", told.path("run").asText());
    }
  }

  @Test
  void aTrainingIsNotTouchedByAWebhookThatRefuses() throws Exception {
    try (HookServer server = new HookServer(404)) {
      CommandRun run = train("alerts.webhook=" + server.url());
      assertEquals(0, run.exitCode(), run.err());
      assertEquals(1, server.requests().size());
    }
  }

  @Test
  void nothingIsWrittenWhereTheEnvironmentHasNoAddress() {
    CommandRun run = train("alerts.webhook=env:CHORALE_TEST_HAS_NO_SUCH_VARIABLE");
    assertEquals(ExitCode.WRONG_USE, run.exitCode());
    assertTrue(
        run.err().contains("the environment holds nothing under CHORALE_TEST_HAS_NO_SUCH_VARIABLE"),
        run.err());
    assertFalse(Files.exists(directory.resolve("run")));

    // Of what is not watched nobody asks for it.
    assertEquals(0, train().exitCode());
    CommandRun evaluated =
        CommandRun.with(
            tiny.overrides("run", "alerts.webhook=env:CHORALE_TEST_HAS_NO_SUCH_VARIABLE"),
            "evaluate");
    assertEquals(0, evaluated.exitCode(), evaluated.err());
  }

  private CommandRun train(String... more) {
    return CommandRun.with(tiny.overrides("run", more), "train");
  }

  private static JsonNode only(HookServer server) throws Exception {
    assertEquals(1, server.requests().size());
    return JsonMapper.builder().build().readTree(server.requests().get(0).body());
  }
}
