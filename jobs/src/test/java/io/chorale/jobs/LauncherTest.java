package io.chorale.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code scripts/chorale} in a release whose java tells how it was called. */
class LauncherTest {
  private static final String TELL =
      """
      #!/bin/sh
      echo "program: $0"
      for argument in "$@"; do echo "argument: $argument"; done
      echo "language: $LC_ALL"
      echo "core type: $OPENBLAS_CORETYPE"
      echo "workspace: $CUBLAS_WORKSPACE_CONFIG"
      echo "kept: $MALLOC_TRIM_THRESHOLD_ $MALLOC_TOP_PAD_"
      echo "spark home: $SPARK_HOME"
      echo "local address: $SPARK_LOCAL_IP"
      exit 3
      """;

  @TempDir Path directory;
  private Path home;

  @BeforeEach
  void layOutARelease() throws IOException {
    home = directory.resolve("a release");
    Files.createDirectories(home.resolve("scripts"));
    Files.createDirectories(home.resolve("spark/jars"));
    Files.createFile(home.resolve("chorale.jar"));
    Files.createDirectories(home.resolve("conf"));
    Files.copy(Path.of("..", "conf", "malloc.env"), home.resolve("conf/malloc.env"));
    Files.copy(Path.of("..", "scripts", "chorale"), home.resolve("scripts/chorale"));
    executable(directory.resolve("jdk/bin/java"), TELL);
  }

  @Test
  void runsMainInOneJvmAndHandsOnItsExitCode() throws Exception {
    Run run = launch(Map.of("LC_ALL", "C"), "train", "--set", "a.b=two words");

    assertEquals(3, run.exitCode);
    assertTrue(run.has("argument: @" + home.toRealPath() + "/conf/jvm.options"), run.text);
    assertTrue(run.has("argument: -Xmx2g"), run.text);
    assertTrue(
        run.text.endsWith(
            "argument: io.chorale.jobs.Main\n"
                + "argument: train\n"
                + "argument: --set\n"
                + "argument: a.b=two words\n"
                + "language: C.UTF-8\n"
                + "core type: \n"
                + "workspace: :4096:8\n"
                + "kept: 1073741824 33554432\n"
                + "spark home: \n"
                + "local address: \n"),
        run.text);
  }

  @Test
  void theEnvironmentDecidesMemoryLanguageAndCoreType() throws Exception {
    Run run =
        launch(
            Map.of(
                "CHORALE_DRIVER_MEMORY", "7g",
                "OPENBLAS_CORETYPE", "ZEN",
                "CHORALE_KEEP_OPENBLAS_CORETYPE", "1"),
            "train");
    assertTrue(run.has("argument: -Xmx7g"), run.text);
    assertTrue(run.has("core type: ZEN"), run.text);

    Run spoken = launch(Map.of("LC_ALL", "ga_IE.UTF-8"), "train");
    assertTrue(spoken.has("language: ga_IE.UTF-8"), spoken.text);

    Run other = launch(Map.of("CUBLAS_WORKSPACE_CONFIG", ":16:8"), "train");
    assertTrue(other.has("workspace: :16:8"), other.text);

    Run freeing =
        launch(Map.of("MALLOC_TRIM_THRESHOLD_", "131072", "MALLOC_TOP_PAD_", ""), "train");
    assertTrue(freeing.has("kept: 131072 "), freeing.text);

    Run dropped = launch(Map.of("OPENBLAS_CORETYPE", "ZEN"), "train");
    assertTrue(dropped.has("core type: "), dropped.text);
  }

  @Test
  void hadoopsSettingsAreOnTheClassPathWhereverTheDriverRuns() throws Exception {
    Map<String, String> hadoop = Map.of("HADOOP_CONF_DIR", "/etc/the hadoop");
    Path home = this.home.toRealPath();

    Run local = launch(hadoop, "plan");
    assertTrue(
        local.has(
            "argument: %1$s/chorale.jar:%1$s/spark/jars/*:%1$s/conf:/etc/the hadoop"
                .formatted(home)),
        local.text);
    Run submitted = launch(hadoop, "train", "--master", "spark://host:7077");
    assertTrue(
        submitted.has("argument: %1$s/conf:/etc/the hadoop:%1$s/spark/jars/*".formatted(home)),
        submitted.text);
    Run without = launch(Map.of(), "plan");
    assertTrue(
        without.has("argument: %1$s/chorale.jar:%1$s/spark/jars/*:%1$s/conf".formatted(home)),
        without.text);
  }

  @Test
  void classesComeFromTheArchiveOrGoIntoIt() throws Exception {
    String archive = home.toRealPath() + "/classes.jsa";

    Run read = launch(Map.of(), "train");
    assertTrue(read.has("argument: -XX:SharedArchiveFile=" + archive), read.text);
    assertFalse(read.text.contains("TieredStopAtLevel"), read.text);

    Run written = launch(Map.of("CHORALE_ARCHIVE_CLASSES", "1"), "train");
    assertTrue(written.has("argument: -XX:ArchiveClassesAtExit=" + archive), written.text);
    assertTrue(
        written.text.contains("/chorale.jar:" + home.toRealPath() + "/spark/jars/*\n"),
        written.text);

    Run brief = launch(Map.of(), "models", "rollback");
    assertTrue(brief.has("argument: -XX:TieredStopAtLevel=1"), brief.text);
  }

  @Test
  void aLocalMasterNeedsNoSubmission() throws Exception {
    Run run = launch(Map.of(), "train", "--master", "local[3]");

    assertTrue(run.has("argument: io.chorale.jobs.Main"), run.text);
    assertFalse(run.text.contains("SparkSubmit"), run.text);
  }

  @Test
  void aClusterWithoutASparkOfItsOwnIsReachedThroughTheLaidOutJars() throws Exception {
    Run run = launch(Map.of(), "train", "--master=spark://host:7077");

    String submit = "argument: org.apache.spark.deploy.SparkSubmit\nargument: --master\n";
    assertTrue(run.text.contains(submit + "argument: spark://host:7077\n"), run.text);
    assertTrue(
        run.text.contains(
            "argument: "
                + home.toRealPath()
                + "/chorale.jar\nargument: train\nargument: --master=spark://host:7077\n"),
        run.text);
    assertTrue(run.has("spark home: " + home.toRealPath() + "/spark"), run.text);
  }

  @Test
  void whereAllMachinesHaveTheJarNoneFetchesIt() throws Exception {
    Run run =
        launch(Map.of("CHORALE_JAR_EVERYWHERE", "1"), "train", "--master", "spark://host:7077");

    assertTrue(
        run.text.contains(
            "argument: local:" + home.toRealPath() + "/chorale.jar\nargument: train\n"),
        run.text);
  }

  @Test
  void ofAClusterOnLoopbackTheDriverListensThereToo() throws Exception {
    for (String master : List.of("spark://127.0.0.1:7077", "spark://localhost:7077")) {
      Run run = launch(Map.of(), "train", "--master", master);
      assertTrue(run.has("local address: 127.0.0.1"), run.text);
    }
    Run elsewhere = launch(Map.of(), "train", "--master", "spark://host:7077");
    assertTrue(elsewhere.has("local address: "), elsewhere.text);
    Run chosen =
        launch(
            Map.of("SPARK_LOCAL_IP", "127.0.0.9"), "train", "--master", "spark://127.0.0.1:7077");
    assertTrue(chosen.has("local address: 127.0.0.9"), chosen.text);
  }

  @Test
  void javaThatDoesNotWorkIsNamedBeforeAnythingStarts() throws Exception {
    for (String version : List.of("1.8.0_402", "11.0.22", "23", "25.0.3")) {
      executable(
          directory.resolve("jdk/bin/java"),
          "#!/bin/sh\necho 'openjdk version \"%s\" 2026-04-21' >&2\n".formatted(version));
      Run run = launch(Map.of(), "train");
      assertEquals(1, run.exitCode);
      assertTrue(
          run.text.matches(
              "Cannot run on Java [0-9]+ \\(.*/bin/java\\): expected Java 17 to 22.*\n"),
          run.text);
    }
    for (String version : List.of("17.0.15", "21-ea", "22.0.1")) {
      executable(
          directory.resolve("jdk/bin/java"),
          "#!/bin/sh\necho 'openjdk version \"%s\" 2026-04-21' >&2\nexit 3\n".formatted(version));
      assertEquals(3, launch(Map.of(), "train").exitCode);
    }
  }

  @Test
  void aSparkHomeSubmits() throws Exception {
    Path spark = directory.resolve("spark-4");
    executable(spark.resolve("bin/spark-submit"), TELL);

    Run run =
        launch(
            Map.of(
                "SPARK_HOME",
                spark.toString(),
                "CHORALE_SUBMIT_OPTIONS",
                "--conf spark.executor.memory=8g"),
            "train",
            "--master",
            "yarn");

    assertEquals(3, run.exitCode);
    assertTrue(run.has("program: " + spark + "/bin/spark-submit"), run.text);
    assertTrue(run.has("argument: yarn"), run.text);
    assertTrue(
        run.text.contains("argument: --conf\nargument: spark.executor.memory=8g\n"), run.text);
  }

  @Test
  void aSymbolicLinkLeadsHome() throws Exception {
    Path link =
        Files.createSymbolicLink(directory.resolve("link"), home.resolve("scripts/chorale"));

    Run run = launch(link, Map.of(), "train");

    assertTrue(run.has("argument: @" + home.toRealPath() + "/conf/jvm.options"), run.text);
  }

  @Test
  void saysWhatIsMissing() throws Exception {
    Files.delete(home.resolve("chorale.jar"));

    Run run = launch(Map.of(), "train");

    assertEquals(1, run.exitCode);
    assertTrue(run.text.contains("run mvn package first"), run.text);
  }

  private record Run(int exitCode, String text) {
    boolean has(String line) {
      return text.lines().anyMatch(line::equals);
    }
  }

  private Run launch(Map<String, String> environment, String... arguments) throws Exception {
    return launch(home.resolve("scripts/chorale"), environment, arguments);
  }

  private Run launch(Path script, Map<String, String> environment, String... arguments)
      throws Exception {
    List<String> command = new ArrayList<>(List.of("bash", script.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.matches("(SPARK|CHORALE|OPENBLAS|HADOOP)_.*"));
    builder.environment().put("JAVA_HOME", directory.resolve("jdk").toString());
    builder.environment().putAll(environment);
    Process process = builder.directory(directory.toFile()).start();
    String text = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Run(process.waitFor(), text);
  }

  private static void executable(Path file, String content) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
    assertTrue(file.toFile().setExecutable(true));
  }
}
