package io.chorale.jobs.retrain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.jobs.command.CommandRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is new is compared with what is old. */
class RetrainDriftTest extends Retraining {
  /** More of the old rows are gone through where the new ones are far from them. */
  @Test
  void driftIsToldAndRaisesTheReplay() throws IOException {
    write("a.txt", 150, 1);
    outcome(retrain());
    write("b.txt", 150, 2);
    CommandRun like = retrain("retrain.replay=0.01", "retrain.drift-replay=0.8");
    outcome(like);
    assertTrue(like.err().contains("Drift: text: divergence 0.0"), like.err());
    JsonNode near = scorecard(2).get("drift");
    JsonNode text = near.get("columns").get(0);
    assertEquals("text", text.get("name").asText());
    assertTrue(text.get("divergence").asDouble() < 0.01, near.toString());
    assertEquals(text.at("/length/before").asDouble(), text.at("/length/now").asDouble(), 5);
    assertEquals(0, text.at("/unknown/now").asDouble(), near.toString());
    assertEquals(0.01, replay(1));

    writeNoise("c.txt", 150, 3);
    CommandRun other = retrain("retrain.replay=0.01", "retrain.drift-replay=0.8");
    outcome(other);
    assertTrue(other.err().contains("Warning: what is new drifts: text: "), other.err());
    JsonNode far = scorecard(3).get("drift").get("columns").get(0);
    assertTrue(far.get("divergence").asDouble() > 0.1, far.toString());
    assertTrue(far.get("noise").asDouble() < 0.01, far.toString());
    assertEquals(0.8, replay(2));
    assertEquals(4, scorecard(3).get("answers").size());
  }

  /** That of a cycle, from 0. */
  private double replay(int cycle) throws IOException {
    Path newest;
    try (Stream<Path> files = Files.list(directory.resolve("registry/news/cycles"))) {
      newest = files.max(Comparator.comparing(file -> file.toFile().length())).orElseThrow();
    }
    return JsonMapper.builder()
        .build()
        .readTree(Files.readString(newest))
        .at("/all/%d/replay".formatted(cycle))
        .asDouble();
  }
}
