package io.chorale.jobs.cluster;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A script of the checkout that has been started, as a user starts it.
 *
 * @param output standard output and standard error together
 */
record Script(Process process, Path output, long begin) {
  /** After this a run counts as hanging: many times what the longest one takes. */
  private static final long SECONDS = 240;

  /** The processes are as short-lived as the tests: the second compiler's code would never pay. */
  private static final String QUICK_START = "-XX:TieredStopAtLevel=1";

  /**
   * What a script came to.
   *
   * @param seconds from its start to its end
   */
  record Result(int exitCode, String text, double seconds) {}

  /**
   * Starts a script.
   *
   * @param environment beside the surroundings' own, of which Spark's and Chorale's part is dropped
   * @param work where it runs, and leaves its output
   */
  static Script start(
      String name, Path work, Map<String, String> environment, List<String> arguments)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "bash", Path.of("..", "scripts", name).toAbsolutePath().normalize().toString()));
    command.addAll(arguments);
    Path output = Files.createTempFile(work, name + "-", ".out");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(work.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().keySet().removeIf(key -> key.matches("_?(SPARK|CHORALE|OPENBLAS)_.*"));
    // Nothing listens to the outside.
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    builder.environment().putAll(environment);
    builder
        .environment()
        .merge("JDK_JAVA_OPTIONS", QUICK_START, (given, quick) -> given + " " + quick);
    return new Script(builder.start(), output, System.nanoTime());
  }

  /** Waits for its end; a script that hangs is ended, and fails the test. */
  Result end() throws IOException, InterruptedException {
    if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      fail("hangs:\n" + Files.readString(output));
    }
    return new Result(
        process.exitValue(), Files.readString(output), (System.nanoTime() - begin) / 1e9);
  }
}
