package io.chorale;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A Java process of its own, for what a test cannot see in the one that it shares with others.
 *
 * @param exitValue as it ended
 * @param output all that it printed
 */
public record JavaProcess(int exitValue, String output) {
  private static final int MOST_SECONDS = 120;

  /**
   * Runs a main class of the tests to its end.
   *
   * @param directory in which it runs, and its output lies
   * @param options of the virtual machine
   */
  public static JavaProcess run(Path directory, List<String> options, Class<?> main, String... args)
      throws Exception {
    Path output = directory.resolve("output");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(args));
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertTrue(process.waitFor(MOST_SECONDS, TimeUnit.SECONDS), "the process ends");
    } finally {
      process.destroyForcibly().waitFor();
    }
    return new JavaProcess(process.exitValue(), Files.readString(output));
  }
}
