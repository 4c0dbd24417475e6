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
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ctrl-C while a training starts. */
@EnabledOnOs(OS.LINUX)
class InterruptIT {
  @TempDir Path directory;

  /**
   * @param sign what the process has opened by then: settings are read, Spark begins, shuffles
   */
  @ParameterizedTest
  @ValueSource(strings = {"jackson-dataformat-yaml", "spark-core_", "netty-transport-"})
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
    DrillGround.await(sign + " is opened", () -> hasOpened(pid, sign));
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

  private static boolean hasOpened(long pid, String sign) throws IOException {
    Path opened = Path.of("/proc/" + pid + "/fd");
    if (!Files.isDirectory(opened)) {
      return true;
    }
    try (Stream<Path> links = Files.list(opened)) {
      return links.anyMatch(link -> leadsTo(link, sign));
    }
  }

  private static boolean leadsTo(Path link, String sign) {
    try {
      return Files.readSymbolicLink(link).toString().contains(sign);
    } catch (IOException e) {
      return false;
    }
  }
}
