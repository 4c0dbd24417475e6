package io.chorale.jobs.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.io.Checksums;
import io.chorale.io.Storage;
import io.chorale.jobs.train.TinyDataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;

/**
 * A training by {@code scripts/chorale train --master ...}: two workers, {@value #ROUNDS} rounds of
 * about a second, in a directory of its own. Its settings are always the same unless it is given
 * others, so every one of them must end in the same bytes.
 */
final class ClusterTraining {
  static final int ROUNDS = 3;

  private static final int STEPS = 300;
  private static final Path CLASSES =
      Path.of("target", "test-classes", "io", "chorale", "jobs", "cluster");
  private static final Path CONF = Path.of("..", "conf");

  private final String master;
  private final Path directory;
  private final Map<String, String> spark = new LinkedHashMap<>();
  private final Map<String, String> environment = new LinkedHashMap<>();
  private final List<String> more = new ArrayList<>();
  private List<String> settings;
  private String command = "train";
  private Path defaults = CONF.resolve("spark-defaults.conf");

  ClusterTraining(String master, Path directory) throws IOException {
    this.master = master;
    this.directory = Files.createDirectories(directory.toAbsolutePath());
    spark.put("spark.ui.enabled", "false");
    spark.put("spark.executor.memory", "512m");
    spark.put("spark.executor.cores", "1");
    // Round 1 finds all executors there, so that faults in round 2 find them at work.
    spark.put("spark.scheduler.minRegisteredResourcesRatio", "1.0");
    spark.put("spark.eventLog.enabled", "true");
    spark.put("spark.eventLog.compress", "false");
    spark.put("spark.eventLog.rolling.enabled", "false");
    spark.put("spark.eventLog.dir", Files.createDirectories(path("events")).toUri().toString());
    environment.put("CHORALE_DRIVER_MEMORY", "512m");
    environment.put("SPARK_CONF_DIR", path("conf").toString());
    Path temporary = Files.createDirectories(path("tmp"));
    environment.put("JDK_JAVA_OPTIONS", "-Djava.io.tmpdir=" + temporary);
    settings =
        List.of(
            "data.path=" + path("data"),
            "run.path=" + path("run"),
            "run.keep=100",
            "model.layers=1",
            "model.width=32",
            "attention.heads=2",
            "train.context=16",
            "train.batch=8",
            "train.workers=2",
            "train.steps=" + ROUNDS * STEPS,
            "train.average-every=" + STEPS,
            "train.warmup=10",
            "average.outer=nesterov");
    TinyDataset.write(
        new Storage(new Configuration()),
        new org.apache.hadoop.fs.Path(path("data").toString()),
        6000,
        6000,
        6000,
        6000);
  }

  /** A setting of Spark. */
  ClusterTraining with(String key, String value) {
    spark.put(key, value);
    return this;
  }

  /** Leaves a setting of Spark to the file of defaults. */
  ClusterTraining withoutOwn(String key) {
    spark.remove(key);
    return this;
  }

  /** Something to go wrong. */
  ClusterTraining with(Fault fault) {
    spark.putAll(fault.log(faultLog()).settings());
    spark.put("spark.executor.extraClassPath", path("conf").toString());
    return this;
  }

  /** The settings of Chorale, in the place of those that are always the same. */
  ClusterTraining withSettings(List<String> own) {
    settings = own;
    return this;
  }

  /** Another command in the place of {@code train}. */
  ClusterTraining runs(String other) {
    command = other;
    return this;
  }

  /** A setting of Chorale, as {@code section.key=value}. */
  ClusterTraining set(String setting) {
    return option("--set", setting);
  }

  /** An option of the command. */
  ClusterTraining option(String name, String value) {
    more.addAll(List.of(name, value));
    return this;
  }

  /** The file of Spark settings that holds beside those of this training. */
  ClusterTraining withDefaults(Path file) {
    defaults = file;
    return this;
  }

  /** A variable of the environment. */
  ClusterTraining withEnvironment(String key, String value) {
    environment.put(key, value);
    return this;
  }

  Path path(String name) {
    return directory.resolve(name);
  }

  /** The lines of the fault, one for each time. */
  List<String> faults() throws IOException {
    return Files.exists(faultLog()) ? Files.readAllLines(faultLog()) : List.of();
  }

  /** What goes wrong until told otherwise does so no more. */
  void faultIsOver() throws IOException {
    Files.createFile(Path.of(faultLog() + ".over"));
  }

  private Path faultLog() {
    return path("faults.log");
  }

  /** Trains, or goes on, to the end. */
  Script.Result run() throws IOException, InterruptedException {
    return start().end();
  }

  /** Begins to train, or to go on. */
  Script start() throws IOException {
    layOutConf();
    List<String> arguments = new ArrayList<>(List.of(command, "--master", master));
    for (String setting : settings) {
      arguments.addAll(List.of("--set", setting));
    }
    arguments.addAll(more);
    return Script.start("chorale", directory, environment, arguments);
  }

  /**
   * A Spark configuration directory is on the driver's class path, so faults are in it; Chorale's
   * own Spark settings hold, and this training's.
   */
  private void layOutConf() throws IOException {
    Path conf = path("conf");
    Path classes = conf.resolve("io/chorale/jobs/cluster");
    Files.createDirectories(classes);
    try (Stream<Path> found = Files.list(CLASSES)) {
      for (Path file :
          found.filter(file -> file.getFileName().toString().startsWith("Fault")).toList()) {
        Files.write(classes.resolve(file.getFileName()), Files.readAllBytes(file));
      }
    }
    Files.copy(
        CONF.resolve("log4j2.properties"),
        conf.resolve("log4j2.properties"),
        StandardCopyOption.REPLACE_EXISTING);
    StringBuilder settings = new StringBuilder(Files.readString(defaults));
    spark.forEach(
        (key, value) ->
            // A properties file: a backslash would escape.
            settings.append('\n').append(key).append(' ').append(value.replace("\\", "\\\\")));
    Files.writeString(conf.resolve("spark-defaults.conf"), settings.append('\n'));
  }

  /**
   * Hashes of the last checkpoint's files: model, outer state and every worker's state; not of the
   * manifest, which holds times.
   */
  Map<String, String> hashes() throws IOException {
    return hashes(ROUNDS);
  }

  /** Those of a round's checkpoint. */
  Map<String, String> hashes(long round) throws IOException {
    Map<String, String> hashes = new TreeMap<>();
    Path last = path("run/checkpoints/round-%08d".formatted(round));
    try (Stream<Path> files = Files.list(last)) {
      for (Path file : files.filter(file -> file.toString().endsWith(".safetensors")).toList()) {
        hashes.put(file.getFileName().toString(), Checksums.sha256(Files.readAllBytes(file)));
      }
    }
    assertEquals(4, hashes.size(), hashes.toString());
    return hashes;
  }

  /** Hidden and temporary files anywhere in the run's directory. */
  List<Path> temporaryFiles() throws IOException {
    try (Stream<Path> files = Files.walk(path("run"))) {
      return files.filter(file -> file.getFileName().toString().startsWith(".")).toList();
    }
  }

  /** What Spark says happened, in all runs: the events of its own log. */
  List<JsonNode> events(String name) throws IOException {
    List<JsonNode> events = new ArrayList<>();
    try (Stream<Path> logs = Files.list(path("events"))) {
      for (Path log : logs.sorted().toList()) {
        for (String line : Files.readString(log, UTF_8).split("\n")) {
          // A driver that was killed may have left half a line.
          if (line.endsWith("}") && line.contains("\"SparkListener" + name + "\"")) {
            events.add(JsonMapper.builder().build().readTree(line));
          }
        }
      }
    }
    return events;
  }
}
