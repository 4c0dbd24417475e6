package io.chorale.jobs.train;

import com.fasterxml.jackson.databind.JsonNode;
import io.chorale.checkpoint.CheckpointFile;
import io.chorale.checkpoint.CheckpointManifest;
import io.chorale.checkpoint.CheckpointStore;
import io.chorale.checkpoint.Provenance;
import io.chorale.checkpoint.RoundMetrics;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.checkpoint.TensorBoardEvents;
import io.chorale.config.ChoraleException;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.data.Dataset;
import io.chorale.io.Storage;
import io.chorale.jobs.console.Version;
import io.chorale.jobs.monitor.LiveTraining;
import io.chorale.jobs.round.RoundsDone;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * The run of a training, and the dataset: checked, begun or gone on with, its rounds committed, its
 * failure told.
 */
final class TrainingRun {
  private final JavaSparkContext spark;
  private final Dataset dataset;
  private final RunDirectory directory;
  private final CheckpointStore checkpoints;
  private final TensorBoardEvents events;

  /** The last committed checkpoint. */
  private CheckpointManifest committed;

  /** The last round that is done. */
  private RoundsDone done;

  /** The round whose files are being written; 0 between rounds. */
  private long unfinished;

  /** The file of the model that the training began from; empty where from none. */
  private String initial = "";

  /** The file with what the training only reads; empty where all parameters are trained. */
  private String base = "";

  private final List<String> metrics = new ArrayList<>();

  /**
   * Opens both; writes nothing.
   *
   * @throws SettingsException where no training may write there
   */
  TrainingRun(JavaSparkContext spark, Storage storage, Settings settings) {
    this.spark = spark;
    this.dataset = Dataset.open(storage, Storage.path("data.path", settings.data().path()));
    dataset.checkShards();
    this.directory = new RunDirectory(storage, Storage.path("run.path", settings.run().path()));
    directory.checkChangeable();
    if (storage.isIn(dataset.directory(), directory.path())) {
      throw new SettingsException(
          "Cannot train in run %s: it lies in dataset %s, expected a directory elsewhere. Choose another run.path."
              .formatted(directory.path(), dataset.directory()));
    }
    this.checkpoints = directory.checkpoints();
    this.events = new TensorBoardEvents(storage, directory.path());
    this.committed =
        checkpoints.latest().orElseGet(() -> CheckpointManifest.start(settings.train().workers()));
    this.done = RoundsDone.of(committed);
  }

  Dataset dataset() {
    return dataset;
  }

  RunDirectory directory() {
    return directory;
  }

  Path path() {
    return directory.path();
  }

  CheckpointStore checkpoints() {
    return checkpoints;
  }

  /** The last committed checkpoint. */
  CheckpointManifest committed() {
    return committed;
  }

  /** The last round that is done, with a checkpoint or without. */
  RoundsDone done() {
    return done;
  }

  /** Whether rounds have been done since the last checkpoint. */
  boolean isOpen() {
    return done.round() > committed.round();
  }

  /** The run, where the training goes on with it. */
  Optional<RunDirectory> begun() {
    return committed.atStart() ? Optional.empty() : Optional.of(directory);
  }

  /** How many times the training was begun or gone on with, with this time. */
  int starts() {
    return committed.atStart() ? 1 : 1 + committed.metrics().path("starts").asInt(1);
  }

  /**
   * Refuses settings and a dataset that are not those of a training which goes on.
   *
   * @param stepsPerRound local steps of a whole round, with these settings
   */
  void check(Settings settings, long stepsPerRound) {
    if (committed.atStart()) {
      return;
    }
    directory.checkGoesOn(settings, committed, stepsPerRound);
    // The dataset's manifest, of which this is the fingerprint, names its tokenizers'.
    String found = dataset.fingerprint();
    String expected = committed.provenance().get(Provenance.DATASET);
    if (!found.equals(expected)) {
      throw new SettingsException(
          ("Cannot go on with run %s: the dataset's fingerprint is %s, expected %s as in its"
                  + " checkpoints. Restore the dataset, or choose another run.path.")
              .formatted(path(), found, expected));
    }
  }

  /**
   * Writes what does not change from round to round, and the metrics of the rounds so far.
   *
   * @param files that its parameters cannot be understood without, by their names
   * @param from the file of the model that it begins from; what goes on has it in its checkpoints
   * @param read the file with what the training only reads; likewise
   */
  void begin(
      Settings settings, Map<String, byte[]> files, Optional<String> from, Optional<String> read) {
    initial = from.orElseGet(() -> committed.provenance().getOrDefault(Provenance.INITIAL, ""));
    base = read.orElseGet(() -> committed.provenance().getOrDefault(Provenance.BASE, ""));
    if (!committed.atStart()) {
      metrics.addAll(RoundMetrics.before(committed.round(), directory.metrics()));
      metrics.add(committed.metrics().toString());
      directory.writeMetrics(metrics);
    } else if (!directory.metrics().isEmpty()) {
      // Of rounds before a first checkpoint, which are not there.
      directory.writeMetrics(List.of());
    }
    Map<String, byte[]> all = new TreeMap<>(dataset.tokenizers());
    all.putAll(files);
    directory.begin(settings, dataset.schema(), all);
    events.forgetAfter(committed.round());
    if (settings.run().tensorboard()) {
      events.complete(metrics.stream().map(RoundMetrics::parse).toList());
    }
    LiveTraining.begins(path().toString(), settings.train().steps(), committed.metrics());
  }

  /** Files of that round will be written. */
  void roundBegins(long round) {
    unfinished = round;
  }

  /**
   * Commits the checkpoint of a round.
   *
   * @param files of its checkpoint
   * @param engine what a worker computed with
   * @param line of its metrics
   */
  void commit(
      Settings settings,
      RoundsDone round,
      List<CheckpointFile> files,
      Map<String, String> engine,
      JsonNode line) {
    CheckpointManifest manifest =
        new CheckpointManifest(
            round.round(),
            round.steps(),
            round.tokens(),
            settings.train().workers(),
            files,
            provenance(settings, engine),
            line);
    checkpoints.commit(manifest);
    committed = manifest;
    unfinished = 0;
  }

  /**
   * A round is done; where it has a checkpoint that is committed.
   *
   * @param lines of its metrics: several where no line was written before
   */
  void roundEnds(Settings settings, RoundsDone round, List<JsonNode> lines) {
    done = round;
    unfinished = 0;
    lines.forEach(line -> metrics.add(line.toString()));
    directory.writeMetrics(metrics);
    if (settings.run().tensorboard()) {
      lines.forEach(events::write);
    }
    LiveTraining.roundEnds(lines.get(lines.size() - 1));
  }

  private Map<String, String> provenance(Settings settings, Map<String, String> engine) {
    Map<String, String> facts =
        Provenance.of(Version.chorale(), spark.version(), settings, dataset, engine);
    if (!initial.isEmpty()) {
      facts.put(Provenance.INITIAL, initial);
    }
    if (!base.isEmpty()) {
      facts.put(Provenance.BASE, base);
    }
    return facts;
  }

  /** The training has failed: frees what it has written, and leaves word. */
  void fail(Throwable failure) {
    discardUnfinished(failure);
    leaveWord(failure);
  }

  /** Frees what a failed round has written; the next start would do it too. */
  private void discardUnfinished(Throwable why) {
    try {
      if (unfinished > 0) {
        checkpoints.discardUncommitted(unfinished);
      }
    } catch (RuntimeException e) {
      why.addSuppressed(e);
    }
  }

  /**
   * Leaves the reason in the run directory, unless Spark was ended under the training or somebody
   * interrupted it: then it has not failed.
   */
  private void leaveWord(Throwable failure) {
    if (spark.sc().isStopped()) {
      return;
    }
    Throwable why = failure;
    while (why.getCause() != null && !(why instanceof ChoraleException)) {
      why = why.getCause();
    }
    if (why instanceof InterruptedException) {
      return;
    }
    try {
      String told = why instanceof ChoraleException ? why.getMessage() : why.toString();
      directory.writeFailure(
          new RunDirectory.Failure(
              unfinished > 0 ? unfinished : done.round() + 1, Instant.now().toString(), told));
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }
}
