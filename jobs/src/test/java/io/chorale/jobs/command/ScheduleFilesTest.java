package io.chorale.jobs.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.jobs.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;
import picocli.CommandLine;

/** What schedulers are given to call is a command that there is. */
class ScheduleFilesTest {
  private static final Path FILES = Path.of("../conf/schedule");
  private static final String SPARK_VERSION = org.apache.spark.package$.MODULE$.SPARK_VERSION();
  private static final Pattern WORDS =
      Pattern.compile("/chorale (retrain(?: --?[a-z-]+| [/a-z.]+)*)");

  /** The words of the command in a file: on a line of its own, or as a list in YAML. */
  private static List<String> command(Path file) throws IOException {
    String text = Files.readString(file);
    if (file.toString().endsWith(".yaml")) {
      List<String> words = new ArrayList<>();
      new Yaml().loadAll(text).forEach(document -> words.addAll(arguments(document)));
      return words;
    }
    Matcher found = WORDS.matcher(text);
    assertTrue(found.find(), text);
    return List.of(found.group(1).split(" "));
  }

  /** The list under the key args, arguments or driverArgs, wherever it is. */
  private static List<String> arguments(Object node) {
    List<String> found = new ArrayList<>();
    values(node, Set.of("args", "arguments", "driverArgs"))
        .forEach(value -> ((List<?>) value).forEach(word -> found.add(word.toString())));
    return found;
  }

  /** The values of keys, wherever they are. */
  private static List<Object> values(Object node, Set<String> keys) {
    List<Object> found = new ArrayList<>();
    if (node instanceof Map<?, ?> map) {
      map.forEach(
          (key, value) -> {
            if (keys.contains(key)) {
              found.add(value);
            } else {
              found.addAll(values(value, keys));
            }
          });
    } else if (node instanceof List<?> list) {
      list.forEach(each -> found.addAll(values(each, keys)));
    }
    return found;
  }

  private static List<Path> files(String pattern) throws IOException {
    try (Stream<Path> all = Files.list(FILES)) {
      return all.filter(file -> file.getFileName().toString().matches(pattern)).sorted().toList();
    }
  }

  @Test
  void eachFileCallsACycle() throws IOException {
    List<Path> files = new ArrayList<>(files(".*(?<![.]md|[.]timer)"));
    // It calls another file.
    assertTrue(files.remove(FILES.resolve("spark-application-cronjob.yaml")));
    assertEquals(6, files.size(), files.toString());
    for (Path file : files) {
      List<String> command = command(file);
      CommandLine.ParseResult parsed =
          ChoraleCommand.commandLine().parseArgs(command.toArray(String[]::new));
      assertEquals("retrain", parsed.subcommand().commandSpec().name(), file.toString());
      assertTrue(
          parsed.subcommand().hasMatchedOption("--config"), file + " has no settings: " + command);
    }
  }

  /** What containers run is where the image has it, and no image floats. */
  @Test
  void containersFindWhatTheImageHolds() throws IOException {
    String image = Files.readString(Path.of("../docker/Dockerfile"));
    int images = 0;
    for (Path file : files(".*[.]yaml")) {
      for (Object document : new Yaml().loadAll(Files.readString(file))) {
        for (Object named : values(document, Set.of("image", "spark.kubernetes.container.image"))) {
          assertTrue(
              named.toString().matches("[a-z0-9./-]+:(?!latest$)[a-z0-9.]+"), file + ": " + named);
          images++;
        }
        for (Object jar : values(document, Set.of("jars", "mainApplicationFile"))) {
          String path = jar.toString().replaceFirst("^local://", "");
          assertTrue(image.contains(" " + path + "\n"), file + ": " + jar);
        }
        for (Object main : values(document, Set.of("mainClass"))) {
          assertEquals(Main.class.getName(), main, file.toString());
        }
        for (Object command : values(document, Set.of("command"))) {
          String program = ((List<?>) command).get(0).toString();
          assertTrue(
              program.equals("kubectl") || image.contains(" " + program + "\n"),
              file + ": " + program);
        }
      }
    }
    assertEquals(4, images);
  }

  /** Apache's operator refuses fields that it does not know; these are some that it does. */
  @Test
  void theApplicationIsOneThatApachesOperatorKnows() throws IOException {
    Map<String, Object> application =
        new Yaml().load(Files.readString(FILES.resolve("spark-application.yaml")));
    assertEquals("spark.apache.org/v1", application.get("apiVersion"));
    assertEquals("SparkApplication", application.get("kind"));
    Map<?, ?> spec = (Map<?, ?>) application.get("spec");
    assertEquals(
        Set.of(
            "mainClass",
            "jars",
            "driverArgs",
            "runtimeVersions",
            "sparkConf",
            "driverSpec",
            "applicationTolerations"),
        spec.keySet());
    Map<?, ?> tolerations = (Map<?, ?>) spec.get("applicationTolerations");
    assertEquals(Set.of("restartConfig", "ttlAfterStopMillis"), tolerations.keySet());
    assertEquals(
        Set.of("restartPolicy", "maxRestartAttempts", "restartBackoffMillis"),
        ((Map<?, ?>) tolerations.get("restartConfig")).keySet());
    // Of settings of Spark only strings reach it.
    ((Map<?, ?>) spec.get("sparkConf"))
        .forEach(
            (key, value) -> {
              assertTrue(key.toString().startsWith("spark."), key.toString());
              assertTrue(value instanceof String, key + ": " + value);
            });
    assertEquals(
        SPARK_VERSION, ((Map<?, ?>) spec.get("runtimeVersions")).get("sparkVersion").toString());
  }

  @Test
  void theCronJobCreatesThatApplication() throws IOException {
    Path file = FILES.resolve("spark-application-cronjob.yaml");
    List<String> words = command(file);
    String created = words.get(words.size() - 1);
    assertEquals("-f", words.get(words.size() - 2));
    assertTrue(Files.exists(FILES.resolve(Path.of(created).getFileName())), created);
    String text = Files.readString(file);
    assertTrue(text.contains("--from-file=" + Path.of(created).getFileName()), text);
    for (Object document : new Yaml().loadAll(text)) {
      for (Object mount : values(document, Set.of("mountPath"))) {
        assertEquals(Path.of(created).getParent().toString(), mount);
      }
    }
  }
}
