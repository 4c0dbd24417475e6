package io.chorale.jobs.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.chorale.io.Storage;
import io.chorale.jobs.train.TinyDataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ctrl-C while a training starts. */
class InterruptIT {
  @TempDir Path directory;

  /**
   * @param sign what the process has made by then in its directory for temporary files: Spark is
   *     about to begin; it has a place for its blocks
   */
  @ParameterizedTest
  @ValueSource(strings = {"chorale-[0-9]+", "chorale-[0-9]+/blockmgr-.*"})
  void itEndsAndHasWrittenNothing(String sign) throws Exception {
    TinyDataset.write(
        new Storage(new Configuration()),
        new org.apache.hadoop.fs.Path(directory.resolve("data").toString()),
        600,
        600);
    Path temporary = Files.createDirectories(directory.resolve("tmp"));
    Path run = directory.resolve("run");
    List<String> arguments = new ArrayList<>(List.of("train", "--master", "local[2]"));
    for (String setting :
        List.of(
            "data.path=" + directory.resolve("data"),
            "run.path=" + run,
            "model.layers=1",
            "model.width=16",
            "attention.heads=2",
            "train.context=8",
            "train.batch=4",
            "train.workers=2")) {
      arguments.addAll(List.of("--set", setting));
    }
    Script script =
        Script.start(
            "chorale",
            directory,
            Map.of(
                "CHORALE_DRIVER_MEMORY",
                "512m",
                "JDK_JAVA_OPTIONS",
                "-Djava.io.tmpdir=" + temporary),
            arguments);
    long pid = script.process().pid();
    DrillGround.await(sign + " is there", () -> has(temporary, sign));
    new ProcessBuilder("kill", "-INT", Long.toString(pid)).start().waitFor();
    Script.Result result = script.end();

    assertEquals(130, result.exitCode(), result.text());
    assertEquals(
        List.of("Interrupted."),
        result.text().lines().filter(line -> !line.startsWith("NOTE: Picked up")).toList());
    assertFalse(Files.exists(run));
    try (Stream<Path> left = Files.list(temporary)) {
      assertEquals(List.of(), left.toList());
    }
  }

  private static boolean has(Path directory, String pattern) throws IOException {
    try (Stream<Path> files = Files.walk(directory, 2)) {
      return files.anyMatch(file -> directory.relativize(file).toString().matches(pattern));
    }
  }
}
