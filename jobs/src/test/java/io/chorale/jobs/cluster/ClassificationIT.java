package io.chorale.jobs.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.jobs.cluster.Fault.At;
import io.chorale.jobs.cluster.Fault.Does;
import io.chorale.jobs.command.CommandRun;
import io.chorale.jobs.command.ToyReviews;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A classification on a cluster whose driver is killed stops early with the same best model. */
@Tag("drills")
class ClassificationIT {
  @RegisterExtension static final DrillGround GROUND = new DrillGround();

  @TempDir Path directory;

  @Test
  void theDriverIsKilledInTheMiddleOfTheTraining() throws Exception {
    ToyReviews.write(directory);
    CommandRun tokenized = CommandRun.with(settings(directory.resolve("unused")), "tokenize");
    assertEquals(0, tokenized.exitCode(), tokenized.err());

    ClusterTraining whole = training("whole");
    Script.Result run = whole.run();
    assertEquals(0, run.exitCode(), run.text());
    long last = lines(whole).size();
    assertTrue(run.text().contains("stops early after round " + last + " of "), run.text());
    assertTrue(last > 3, "it ended after round " + last);

    ClusterTraining killed =
        training("killed")
            .with(Fault.of(At.HALF_WRITTEN, "round-00000003/.?model", Does.KILL_PROCESS));
    Script.Result first = killed.run();
    assertEquals(128 + 9, first.exitCode(), first.text());
    GROUND.cluster().assertNoExecutorsRemain();
    Script.Result second = killed.run();
    assertEquals(0, second.exitCode(), second.text());
    assertTrue(second.text().contains("goes on after round 2 of "), second.text());
    assertTrue(second.text().contains("stops early after round " + last + " of "), second.text());

    GROUND.cluster().assertNoExecutorsRemain();

    assertEquals(last, lines(killed).size());
    JsonNode best = lines(whole).get((int) last - 1).get("best");
    assertEquals(best, lines(killed).get((int) last - 1).get("best"));
    assertEquals(whole.hashes(last), killed.hashes(last));
    long bestRound = best.get("round").asLong();
    assertEquals(whole.hashes(bestRound), killed.hashes(bestRound));
    assertEquals(List.of(), killed.temporaryFiles());

    JsonNode measured = evaluate(killed, "best");
    assertEquals(bestRound, measured.get("round").asLong());
    assertTrue(measured.get("accuracy").asDouble() > 0.9, measured.toString());
    assertEquals(last, evaluate(killed, "last").get("round").asLong());
  }

  private List<String> settings(Path run) {
    return ToyReviews.settings(directory, run.toString(), "model.kind=transformer");
  }

  private ClusterTraining training(String name) throws IOException {
    ClusterTraining training = GROUND.training("classification-" + name);
    return training.withSettings(settings(training.path("run")));
  }

  private static List<JsonNode> lines(ClusterTraining training) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(training.path("run/metrics.jsonl"))) {
      lines.add(JsonMapper.builder().build().readTree(line));
    }
    return lines;
  }

  private JsonNode evaluate(ClusterTraining training, String checkpoint) throws IOException {
    List<String> settings = new ArrayList<>(settings(training.path("run")));
    settings.add("evaluate.split=test");
    CommandRun run = CommandRun.with(settings, "evaluate", "--json", "--checkpoint", checkpoint);
    assertEquals(0, run.exitCode(), run.err());
    return JsonMapper.builder().build().readTree(run.out());
  }
}
