package io.chorale.jobs.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A task that finds its heap full ends the command with what to raise. */
class MemoryIT {
  @RegisterExtension static final DrillGround GROUND = new DrillGround();

  private static final int MEBIBYTES = 100;

  @TempDir Path directory;

  /** One document that fills a heap of 500 MiB by itself. */
  private Script.Result tokenize(Map<String, String> environment, String... more)
      throws IOException, InterruptedException {
    Path corpus = directory.resolve("large.jsonl");
    try (Writer out = Files.newBufferedWriter(corpus)) {
      out.write("{\"text\":\"");
      String part = "x".repeat(1 << 20);
      for (int i = 0; i < MEBIBYTES; i++) {
        out.write(part);
      }
      out.write("\"}\n");
    }
    Map<String, String> all = new HashMap<>(environment);
    all.put("SPARK_CONF_DIR", Path.of("..", "conf").toAbsolutePath().toString());
    List<String> arguments = new ArrayList<>(List.of("tokenize"));
    for (String setting :
        List.of(
            "corpus.paths=" + corpus,
            "corpus.max-document-bytes=200000000",
            "tokenizer.kind=characters",
            "data.path=" + directory.resolve("data"))) {
      arguments.addAll(List.of("--set", setting));
    }
    arguments.addAll(List.of(more));
    return Script.start("chorale", directory, all, arguments).end();
  }

  private void assertOneSentence(Script.Result run, String message) {
    HopelessRunsIT.assertEnds(run, message);
    for (String noise : List.of("\tat ", "Interrupted", "OutOfMemoryError")) {
      assertFalse(run.text().contains(noise), run.text());
    }
    assertFalse(Files.exists(directory.resolve("data")));
  }

  @Test
  void inLocalModeTheDriversIsToBeRaised() throws Exception {
    assertOneSentence(
        tokenize(Map.of("CHORALE_DRIVER_MEMORY", "500m"), "--master", "local[1]"),
        "Cannot go on: the Java heap is full \\(.*\\), .* Raise CHORALE_DRIVER_MEMORY .*");
  }

  @Test
  void onAClusterTheExecutorsIs() throws Exception {
    assertOneSentence(
        tokenize(
            Map.of("CHORALE_SUBMIT_OPTIONS", "--conf spark.executor.memory=500m"),
            "--master",
            GROUND.cluster().master()),
        "Cannot go on: the Java heap of executor \\d+ is full, .* Raise spark.executor.memory.*");
    GROUND.cluster().assertNoExecutorsRemain();
  }

  @Test
  void aHeapThatIsTooSmallForSparkIsNotTheMastersFault() throws Exception {
    Script.Result run = tokenize(Map.of("CHORALE_DRIVER_MEMORY", "300m"), "--master", "local[1]");
    HopelessRunsIT.assertEnds(
        run,
        "Cannot start Spark: the Java heap of the driver has .* Raise CHORALE_DRIVER_MEMORY.*");
    assertEquals(1, run.text().lines().filter(line -> !line.startsWith("NOTE")).count());
  }
}
