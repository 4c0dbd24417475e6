package io.chorale.jobs.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.io.Checksums;
import io.chorale.jobs.command.CommandRun;
import io.chorale.jobs.command.ToyReviews;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Predictions on a cluster whose driver is killed go on to the same bytes. */
@Tag("drills")
class PredictIT {
  @RegisterExtension static final DrillGround GROUND = new DrillGround();

  private static final int ROWS = 20_000;

  @TempDir Path directory;

  @Test
  void theDriverIsKilledInTheMiddleOfThePredictions() throws Exception {
    ToyReviews.write(directory);
    for (String command : List.of("tokenize", "train")) {
      CommandRun run = CommandRun.with(settings(), command);
      assertEquals(0, run.exitCode(), run.err());
    }
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < ROWS; i++) {
      rows.append("{\"n\":%d,\"review\":\"word%d g%d b%d\"}\n".formatted(i, i % 20, i % 6, i % 5));
    }
    Files.writeString(directory.resolve("rows.jsonl"), rows);

    ClusterTraining whole = prediction("whole");
    Script.Result undisturbed = whole.run();
    assertEquals(0, undisturbed.exitCode(), undisturbed.text());
    assertTrue(undisturbed.text().contains("20,000 rows in and out"), undisturbed.text());

    ClusterTraining killed = prediction("killed");
    Script script = killed.start();
    DrillGround.await("some parts are there", () -> parts(work(killed)).size() >= 3);
    script.process().destroyForcibly();
    assertEquals(128 + 9, script.end().exitCode());
    GROUND.cluster().assertNoExecutorsRemain();
    assertEquals(List.of(), parts(killed.path("out")), "it was not in the middle");

    Script.Result second = killed.run();
    assertEquals(0, second.exitCode(), second.text());
    assertTrue(second.text().matches("(?s).*; [0-9,]+ by an earlier run.*"), second.text());
    assertEquals(hashes(whole), hashes(killed));
    GROUND.cluster().assertNoExecutorsRemain();
  }

  private List<String> settings(String... more) {
    List<String> settings =
        ToyReviews.settings(
            directory, directory.resolve("run").toString(), "model.kind=lstm", "train.steps=30");
    settings.addAll(List.of(more));
    return settings;
  }

  private ClusterTraining prediction(String name) throws IOException {
    ClusterTraining prediction = GROUND.training("predict-" + name).runs("predict");
    return prediction.withSettings(
        settings(
            "predict.paths=" + directory.resolve("rows.jsonl"),
            "predict.output=" + prediction.path("out"),
            "predict.format=jsonl"));
  }

  private static Path work(ClusterTraining prediction) {
    return prediction.path("out").resolve("_predictions/part");
  }

  private static List<Path> parts(Path in) throws IOException {
    if (!Files.isDirectory(in)) {
      return List.of();
    }
    List<Path> parts = new ArrayList<>();
    try (Stream<Path> files = Files.list(in)) {
      files.filter(file -> file.getFileName().toString().startsWith("part-")).forEach(parts::add);
    }
    return parts;
  }

  private static Map<String, String> hashes(ClusterTraining prediction) throws IOException {
    Map<String, String> hashes = new TreeMap<>();
    for (Path part : parts(prediction.path("out"))) {
      hashes.put(part.getFileName().toString(), Checksums.sha256(Files.readAllBytes(part)));
    }
    return hashes;
  }
}
