package io.chorale.jobs.retrain;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.chorale.config.ChoraleException;
import io.chorale.io.Storage;
import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;

/**
 * Asks the model in a directory of this machine in a JVM that begins for it, as whoever serves it
 * will: nothing that the training left in memory can help.
 */
final class FreshProcess {
  /** Longer than this it hangs. */
  private static final long MINUTES = 10;

  /** Of the heap, beside the parameters. */
  private static final long MEBIBYTES = 256;

  private FreshProcess() {}

  /**
   * Asks in another JVM.
   *
   * @param run the directory of the model
   * @param bytes that its parameters take
   * @throws ChoraleException where it fails, with what it said
   */
  static List<String> answers(Probe probe, Path run, long bytes) {
    try {
      Path said = Files.createTempFile("chorale-fresh-", ".log");
      try {
        return ask(probe, run, bytes, said);
      } finally {
        Files.deleteIfExists(said);
      }
    } catch (IOException e) {
      throw failure(e.toString(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failure("it was interrupted", e);
    }
  }

  private static List<String> ask(Probe probe, Path run, long bytes, Path said)
      throws IOException, InterruptedException {
    long heap = MEBIBYTES + (2 * bytes >> 20);
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx" + heap + "m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            FreshProcess.class.getName(),
            run.toUri().toString());
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(said.toFile());
    // Not as an argument: a class path may be longer than one can be.
    builder.environment().put("CLASSPATH", String.join(File.pathSeparator, classPath()));
    Process process = builder.start();
    try {
      try (Writer to = process.outputWriter(UTF_8)) {
        to.write(ProbeRows.json(probe.given()));
      }
      List<String> answers = process.inputReader(UTF_8).lines().toList();
      if (!process.waitFor(MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
        throw failure(last(said), null);
      }
      return answers;
    } finally {
      process.destroyForcibly();
    }
  }

  /** What this JVM has its classes from, with those that spark-submit has added. */
  private static Set<String> classPath() {
    Set<String> path = new LinkedHashSet<>();
    path.add(place(FreshProcess.class.getProtectionDomain().getCodeSource().getLocation()));
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    for (; loader != null; loader = loader.getParent()) {
      if (loader instanceof URLClassLoader added) {
        for (URL url : added.getURLs()) {
          path.add(place(url));
        }
      }
    }
    path.addAll(List.of(System.getProperty("java.class.path").split(File.pathSeparator)));
    return path;
  }

  private static String place(URL url) {
    try {
      return Path.of(url.toURI()).toString();
    } catch (URISyntaxException | IllegalArgumentException e) {
      return url.getPath();
    }
  }

  private static String last(Path said) throws IOException {
    List<String> lines = Files.readAllLines(said);
    return lines.isEmpty() ? "nothing" : lines.get(lines.size() - 1);
  }

  private static ChoraleException failure(String reason, Exception cause) {
    return new ChoraleException(
        "Cannot open the new model in a process of its own: it said \"%s\", expected answers. The model in use stays; run again."
            .formatted(reason),
        cause);
  }

  /**
   * The other JVM: takes rows from standard input and writes an answer a line, or why it cannot.
   */
  public static void main(String[] arguments) throws IOException {
    String rows = new String(System.in.readAllBytes(), UTF_8);
    try {
      new Probe(ProbeRows.parse(rows), List.of())
          .answers(new Storage(new Configuration()), new org.apache.hadoop.fs.Path(arguments[0]))
          .forEach(System.out::println);
    } catch (ChoraleException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }
}
