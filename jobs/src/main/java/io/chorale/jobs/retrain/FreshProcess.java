package io.chorale.jobs.retrain;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.chorale.config.ChoraleException;
import io.chorale.io.Storage;
import io.chorale.io.TemporaryDirectory;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;

/**
 * Asks the model in a directory of this machine in a JVM that begins for it, as whoever serves it
 * will: nothing that the training left in memory can help.
 */
final class FreshProcess {
  /** Longer than this it hangs. */
  private static final long MINUTES = 10;

  private static final String JAVACPP = "org.bytedeco.javacpp.";

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
    try (TemporaryDirectory directory = TemporaryDirectory.create("")) {
      return ask(probe, run, bytes, directory.path());
    } catch (IOException e) {
      throw failure(e.toString(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failure("it was interrupted", e);
    }
  }

  /** Through files: whoever waits for a stream to end waits for ever where the other one hangs. */
  private static List<String> ask(Probe probe, Path run, long bytes, Path directory)
      throws IOException, InterruptedException {
    Path rows = Files.writeString(directory.resolve("rows.json"), ProbeRows.json(probe.given()));
    Path answers = directory.resolve("answers");
    Path said = directory.resolve("said");
    Path options = Files.write(directory.resolve("options"), options(bytes));
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + options,
                FreshProcess.class.getName(),
                run.toUri().toString(),
                rows.toString(),
                answers.toString())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile());
    // They are the driver's: another collector, the port of an agent.
    builder.environment().keySet().removeAll(List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS"));
    Process process = builder.start();
    try {
      if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
        throw failure("nothing for %d minutes".formatted(MINUTES), null);
      }
      if (process.exitValue() != 0) {
        throw failure(last(said), null);
      }
      return Files.readAllLines(answers, UTF_8);
    } finally {
      process.destroyForcibly();
    }
  }

  /** In a file: a class path may be longer than an argument can be. */
  private static List<String> options(long bytes) {
    List<String> options =
        new ArrayList<>(
            List.of(
                "-Xmx" + (MEBIBYTES + (2 * bytes >> 20)) + "m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                property("java.io.tmpdir", System.getProperty("java.io.tmpdir")),
                // Its limits would follow the heap.
                property(JAVACPP + "maxBytes", "0"),
                property(JAVACPP + "maxPhysicalBytes", "0")));
    for (String name : new TreeSet<>(System.getProperties().stringPropertyNames())) {
      if (name.startsWith(JAVACPP) && !name.startsWith(JAVACPP + "max")) {
        options.add(property(name, System.getProperty(name)));
      }
    }
    // Of the archive of classes that this JVM starts from, if it does.
    for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (option.startsWith("-XX:SharedArchiveFile=") || option.startsWith("-Xlog:cds")) {
        options.add(quoted(option));
      }
    }
    options.add("-cp");
    options.add(quoted(String.join(File.pathSeparator, classPath())));
    return options;
  }

  private static String property(String name, String value) {
    return quoted("-D" + name + "=" + value);
  }

  private static String quoted(String option) {
    return "\"" + option.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
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
        "Cannot open the new model in a process of its own: it said \"%s\", expected answers. The model in use stays. Run again; the process takes memory beside the driver's heap (spark.driver.memoryOverhead on a cluster)."
            .formatted(reason),
        cause);
  }

  /** The other JVM: answers the rows of a file, a line each in another one, or says why not. */
  public static void main(String[] arguments) {
    try {
      Probe probe = new Probe(ProbeRows.parse(Files.readString(Path.of(arguments[1]))), List.of());
      List<String> answers =
          probe.answers(
              new Storage(new Configuration()), new org.apache.hadoop.fs.Path(arguments[0]));
      Files.write(Path.of(arguments[2]), answers, UTF_8);
    } catch (ChoraleException e) {
      end(e.getMessage());
    } catch (Throwable e) {
      end(e.toString());
    }
  }

  private static void end(String why) {
    System.err.println(why);
    System.exit(1);
  }
}
