package io.chorale.jobs.command;

import io.chorale.config.Settings;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.Session;
import io.chorale.report.Report;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code chorale report}: one HTML page about a run, or about several beside each other. */
@Command(
    name = "report",
    description =
        "Write one HTML page about a run in any state: curves, facts, samples, the inside of its model.")
final class ReportCommand extends SettingsCommand {
  @Mixin private CheckpointOption checkpoint;

  @Option(
      names = "--run",
      paramLabel = "DIR",
      description =
          "The run, instead of run.path. May be repeated: several runs beside each other.")
  private List<String> runs = new ArrayList<>();

  @Option(
      names = "--inside",
      paramLabel = "TEXT",
      description =
          "Look inside of the model while it reads this text, or a series as a JSON list of its"
              + " steps (where a forecast reads the calendar {\"time\": that of the last one,"
              + " \"steps\": the list}). May be repeated.")
  private List<String> inside = new ArrayList<>();

  @Option(
      names = "--inside-file",
      paramLabel = "FILE",
      description = "As --inside, for every line of a file.")
  private String insideFile;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "Where the page goes (default: report.html in the first run's directory).")
  private String output;

  @Override
  void run(Settings given) throws IOException {
    Storage storage = new Storage(Session.hadoop(new SparkConf()));
    List<Path> directories = new ArrayList<>();
    for (String run : runs) {
      directories.add(storage.qualify(Storage.path("--run", run)));
    }
    if (directories.isEmpty()) {
      directories.add(storage.qualify(Storage.path("run.path", given.run().path())));
    }
    List<String> texts = new ArrayList<>(inside);
    if (insideFile != null) {
      texts.addAll(lines(storage, Storage.path("--inside-file", insideFile)));
    }
    Report report = new Report(storage, Instant.now());
    for (Path directory : directories) {
      report.add(directory, given, checkpoint.choice(), texts);
    }
    report.troubles().forEach(err()::println);
    Path page =
        output == null
            ? new Path(directories.get(0), "report.html")
            : storage.qualify(Storage.path("--output", output));
    storage.publish(page, report.page().getBytes(StandardCharsets.UTF_8));
    out().println(page.toUri().getScheme().equals("file") ? page.toUri().getPath() : page);
  }

  private static List<String> lines(Storage storage, Path file) throws IOException {
    List<String> lines = new ArrayList<>();
    try (InputStream in = storage.open(file)) {
      PromptLines read = new PromptLines(in);
      for (Optional<String> line = read.next(); line.isPresent(); line = read.next()) {
        line.filter(text -> !text.isBlank()).ifPresent(lines::add);
      }
    }
    return lines;
  }
}
