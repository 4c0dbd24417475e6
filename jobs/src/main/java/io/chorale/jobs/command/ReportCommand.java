package io.chorale.jobs.command;

import io.chorale.checkpoint.RunDirectory;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.data.Dataset;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.Session;
import io.chorale.report.DatasetPage;
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
import picocli.CommandLine.Option;

/**
 * {@code chorale report}: one HTML page about a run, or about several beside each other; or about a
 * dataset.
 */
@Command(
    name = "report",
    description =
        "Write one HTML page about a run in any state: curves, facts, samples, the inside of its model."
            + " Or, with --data, about a dataset.")
final class ReportCommand extends ModelCommand {
  @Option(
      names = "--run",
      paramLabel = "DIR",
      description =
          "The run, instead of run.path, or registry:NAME@VERSION. May be repeated: several runs"
              + " beside each other.")
  private List<String> runs = new ArrayList<>();

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "A dataset, instead of runs: lengths, tokens, labels, rejections, padding. The page is the"
              + " one that tokenize writes.")
  private String data;

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
      description =
          "Where the page goes (default: report.html in the first run's directory, or"
              + " dataset.html in the dataset's).")
  private String output;

  @Override
  List<String> models(Settings given) {
    return data == null && (runs.isEmpty() || model().isPresent())
        ? super.models(given)
        : List.of();
  }

  @Override
  void run(Settings given) throws IOException {
    Storage storage = new Storage(Session.hadoop(new SparkConf()));
    if (data == null) {
      ofRuns(storage, given);
    } else {
      ofDataset(storage);
    }
  }

  private void ofDataset(Storage storage) {
    if (!runs.isEmpty() || !inside.isEmpty() || insideFile != null) {
      throw new SettingsException(
          "Cannot write one page about dataset %s and about runs: --run or --inside is given, expected --data without them. Write two pages."
              .formatted(data));
    }
    Dataset dataset = Dataset.open(storage, Storage.path("--data", data));
    write(
        storage, new Path(dataset.directory(), DatasetPage.FILE), DatasetPage.of(storage, dataset));
  }

  private void ofRuns(Storage storage, Settings given) throws IOException {
    List<Path> directories = new ArrayList<>();
    for (String run : runs) {
      directories.add(storage.qualify(Storage.path("--run", locator().path(run))));
    }
    if (directories.isEmpty() || model().isPresent()) {
      directories.add(storage.qualify(Storage.path("run.path", given.run().path())));
    }
    List<String> texts = new ArrayList<>(inside);
    if (insideFile != null) {
      texts.addAll(lines(storage, Storage.path("--inside-file", insideFile)));
    }
    Report report = new Report(storage, Instant.now());
    for (Path directory : directories) {
      report.add(directory, given, choice(), texts);
    }
    if (output == null) {
      new RunDirectory(storage, directories.get(0)).checkChangeable();
    }
    report.troubles().forEach(err()::println);
    write(storage, new Path(directories.get(0), "report.html"), report.page());
  }

  /**
   * Writes a page, and tells where it is.
   *
   * @param usual where it goes unless something else was asked for
   */
  private void write(Storage storage, Path usual, String page) {
    Path file = output == null ? usual : storage.qualify(Storage.path("--output", output));
    storage.publish(file, page.getBytes(StandardCharsets.UTF_8));
    out().println(file.toUri().getScheme().equals("file") ? file.toUri().getPath() : file);
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
