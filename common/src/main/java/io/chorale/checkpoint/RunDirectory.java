package io.chorale.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.config.ChoraleException;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.config.TrainSettings;
import io.chorale.config.TrainSettings.Schedule;
import io.chorale.data.Schema;
import io.chorale.data.SchemaFile;
import io.chorale.io.OwnDirectory;
import io.chorale.io.Storage;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.Path;

/**
 * The directory of a run: {@code settings.yaml} with every key resolved, {@code schema.json} and
 * the files of the tokenizers, {@code metrics.jsonl} with one object a round, and {@code
 * checkpoints/}.
 */
public final class RunDirectory {
  /** The file with every setting of a run. */
  public static final String SETTINGS = "settings.yaml";

  /** The file with a line for each round. */
  public static final String METRICS = "metrics.jsonl";

  /** The file that a registry's version has beside those of a run: then nothing here changes. */
  public static final String VERSION = "version.json";

  private static final String FAILURE = "failure.json";
  private static final int LIMIT = 1 << 30;

  /**
   * Exceptions to the sections that shape a run: workers come and go, a run may stop earlier, steps
   * have a rule of their own.
   */
  private static final Set<String> ELASTIC =
      Set.of("train.workers", "train.patience", "train.steps");

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Storage storage;
  private final Path path;

  /** The run in that directory, which need not exist yet. */
  public RunDirectory(Storage storage, Path path) {
    this.storage = storage;
    this.path = storage.qualify(path);
  }

  /** The directory, with its scheme. */
  public Path path() {
    return path;
  }

  /** The run's checkpoints. */
  public CheckpointStore checkpoints() {
    return new CheckpointStore(storage, path);
  }

  /**
   * The settings of the run.
   *
   * @throws SettingsException where there is no run
   */
  public Settings settings() {
    Path file = new Path(path, SETTINGS);
    if (!storage.exists(file)) {
      throw new SettingsException(
          ("Cannot open run %s: it holds no %s, expected the directory of a training."
                  + " Check run.path, and train first.")
              .formatted(path, SETTINGS));
    }
    return SettingsFile.reopen(file.toString(), text(file));
  }

  /**
   * To be called before anything is written.
   *
   * @throws SettingsException where it is a version in a registry
   */
  public void checkChangeable() {
    if (storage.exists(new Path(path, VERSION))) {
      throw new SettingsException(
          "Cannot write into %s: it is a version in a registry, which never changes, expected the directory of a run. Choose another path."
              .formatted(path));
    }
  }

  /**
   * For a worker, before its work: refuses where its machine does not see what the driver has
   * begun.
   *
   * @throws ChoraleException naming the machine
   */
  public void checkShared() {
    Path file = new Path(path, SETTINGS);
    if (!storage.exists(file)) {
      throw new ChoraleException(
          ("Cannot train in run %s: machine %s sees no %s there, expected the one that the driver"
                  + " has written. Choose a run.path that all machines share.")
              .formatted(path, hostName(), SETTINGS));
    }
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "without a name";
    }
  }

  /**
   * The schema of the dataset that the run was trained on; empty where the run has no {@code
   * schema.json}: then it is of text alone.
   */
  public Optional<Schema> schema() {
    Path file = new Path(path, SchemaFile.NAME);
    return storage.exists(file)
        ? Optional.of(SchemaFile.read(storage.readFully(file, LIMIT), file.toString()))
        : Optional.empty();
  }

  /** The bytes of a file that {@link #begin} was given, such as a tokenizer. */
  public byte[] file(String file) {
    return storage.readFully(new Path(path, file), LIMIT);
  }

  /** As {@link #file}, where the run has it. */
  public Optional<byte[]> find(String file) {
    return storage.exists(new Path(path, file)) ? Optional.of(file(file)) : Optional.empty();
  }

  /**
   * Refuses settings that would shape another result than the run's. The number of workers and the
   * patience may change from one start to the next, and the number of local steps where the rounds
   * so far are those of a run that had this number from its start.
   *
   * @param committed the last committed round
   * @param stepsPerRound local steps of a whole round, with these settings
   * @throws SettingsException naming the keys, with both values
   * @throws ChoraleException where the run's settings cannot have led to that round
   */
  public void checkGoesOn(Settings wanted, CheckpointManifest committed, long stepsPerRound) {
    Settings stored = settings();
    List<String> changed =
        SettingsFile.keys().stream()
            .filter(key -> Settings.SHAPING.contains(key.substring(0, key.indexOf('.'))))
            .filter(key -> !ELASTIC.contains(key))
            .filter(key -> SettingsFile.reads(stored, key) || SettingsFile.reads(wanted, key))
            .filter(key -> !SettingsFile.value(stored, key).equals(SettingsFile.value(wanted, key)))
            .map(
                key ->
                    key
                        + " (is "
                        + SettingsFile.value(wanted, key)
                        + ", was "
                        + SettingsFile.value(stored, key)
                        + ")")
            .toList();
    if (!changed.isEmpty()) {
      throw new SettingsException(
          ("Cannot go on with run %s: settings that shape its result have changed: %s."
                  + " Restore them, or choose another run.path.")
              .formatted(path, String.join(", ", changed)));
    }
    if (!committed.isOf(stored.train())) {
      throw checkpoints()
          .damaged(
              committed,
              "its round %d after %d steps and %d tokens is none of the run"
                  .formatted(committed.round(), committed.steps(), committed.tokens()));
    }
    if (wanted.train().steps() != stored.train().steps()) {
      checkSteps(wanted.train(), stored.train().steps(), committed, stepsPerRound);
    }
  }

  private void checkSteps(
      TrainSettings wanted, long before, CheckpointManifest committed, long stepsPerRound) {
    String advice = null;
    if (wanted.schedule().ends()) {
      advice =
          "the %s of the learning rate has been laid over them, expected the same number."
                  .formatted(wanted.schedule() == Schedule.COSINE ? "cosine" : "line")
              + " Restore it; to train longer, train anew in another run.path, or with"
              + " train.schedule constant or step, which allow it at any time.";
    } else if (wanted.steps() < committed.steps()) {
      advice =
          "%d steps have been taken, expected no fewer. Restore it, or choose another run.path."
              .formatted(committed.steps());
    } else if (committed.steps() / stepsPerRound != committed.round()
        || committed.steps() % stepsPerRound != 0) {
      advice =
          ("round %d ended with the run, before its %d steps were taken, expected whole rounds."
                  + " Delete %s to go on from the round before, or choose another run.path.")
              .formatted(committed.round(), stepsPerRound, checkpoints().path(committed.round()));
    }
    if (advice != null) {
      throw new SettingsException(
          "Cannot go on with run %s with train.steps %d (was %d): %s"
              .formatted(path, wanted.steps(), before, advice));
    }
  }

  /**
   * Removes what a killed driver has left, and writes what does not change from round to round.
   *
   * @param files what else the run's model cannot be opened without, by their names: the tokenizers
   *     of the dataset, and what a training has learnt of it
   */
  public void begin(Settings settings, Schema schema, Map<String, byte[]> files) {
    new OwnDirectory(storage, path).deleteLeftovers(path);
    checkpoints().discardUncommitted();
    storage.deleteRecursively(new Path(path, FAILURE));
    files.forEach(this::write);
    write(SchemaFile.NAME, SchemaFile.write(schema));
    write(SETTINGS, SettingsFile.write(settings).getBytes(StandardCharsets.UTF_8));
  }

  /** Leaves equal bytes alone: not every file system replaces a file in one step. */
  private void write(String name, byte[] content) {
    Path file = new Path(path, name);
    if (!storage.holds(file, content)) {
      storage.publish(file, content);
    }
  }

  /**
   * The best round by evaluations in turn alone, those of every {@code evaluate.every}-th round.
   * The last round of a training is evaluated out of turn; one that has more steps from its start
   * does not do that, and a training that goes on decides as it does.
   *
   * @param committed the last committed round
   * @param every of {@code evaluate.every}
   */
  public Optional<BestRound> bestInTurn(CheckpointManifest committed, long every) {
    List<JsonNode> rounds = new ArrayList<>();
    for (String line : RoundMetrics.before(committed.round(), metrics())) {
      rounds.add(RoundMetrics.parse(line));
    }
    rounds.add(committed.metrics());
    for (int i = rounds.size() - 1; i >= 0; i--) {
      long round = rounds.get(i).path("round").asLong();
      boolean evaluated = rounds.get(i).path("validation_loss").isNumber();
      if (!evaluated || (every > 0 && round % every == 0)) {
        return BestRound.of(rounds.get(i), round);
      }
    }
    return Optional.empty();
  }

  /**
   * Why a training ended before its end. One that is killed leaves no such word.
   *
   * @param round that was under way
   * @param time in ISO 8601
   * @param why as it was told to the user
   */
  public record Failure(long round, String time, String why) {}

  /** Writes why the training ended; the next start of it takes that away. */
  public void writeFailure(Failure failure) {
    storage.publish(
        new Path(path, FAILURE),
        JSON.valueToTree(failure).toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Why the training ended, where its last start failed and could still say so. */
  public Optional<Failure> failure() {
    Path file = new Path(path, FAILURE);
    if (!storage.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(JSON.readValue(text(file), Failure.class));
    } catch (JsonProcessingException e) {
      // It is for people: one that cannot be read says nothing, and nothing depends on it.
      return Optional.empty();
    }
  }

  /** The lines of the metrics, oldest first; none before the first round. */
  public List<String> metrics() {
    Path file = new Path(path, METRICS);
    return storage.exists(file) ? text(file).lines().toList() : List.of();
  }

  /** Replaces the metrics as a whole: not every file system can append. */
  public void writeMetrics(List<String> lines) {
    String text = lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
    storage.publish(new Path(path, METRICS), text.getBytes(StandardCharsets.UTF_8));
  }

  private String text(Path file) {
    return new String(storage.readFully(file, LIMIT), StandardCharsets.UTF_8);
  }
}
