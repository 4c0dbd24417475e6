package io.chorale.jobs.train;

import io.chorale.checkpoint.CheckpointFile;
import io.chorale.checkpoint.CheckpointManifest;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.io.Checksums;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.model.ParameterLayout;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Trainings of a model that is as small as can be, of 12 local steps in three rounds.
 *
 * @param root of the dataset {@code data} and of the runs, on any file system
 */
public record TinyTraining(JavaSparkContext spark, Storage storage, String root) {

  /** Writes the dataset. */
  public void dataset(int... shardTokens) {
    TinyDataset.write(storage, new Path(root, "data"), shardTokens);
  }

  /** The settings of a run, by the name of its directory. */
  public Settings settings(String run, String... more) {
    return SettingsFile.with(SettingsFile.defaults(), overrides(run, more));
  }

  /** They, as they are given on the command line. */
  public List<String> overrides(String run, String... more) {
    List<String> overrides =
        new ArrayList<>(
            List.of(
                "data.path=" + root + "/data",
                "run.path=" + root + "/" + run,
                "run.keep=100",
                "model.layers=1",
                "model.width=16",
                "train.context=8",
                "train.batch=4",
                "train.steps=12",
                "train.average-every=4",
                "train.warmup=2"));
    overrides.addAll(List.of(more));
    if (overrides.stream().noneMatch(set -> set.matches("model.kind=(lstm|gru|rnn)"))) {
      overrides.add("attention.heads=2");
    }
    return overrides;
  }

  /** Trains to the end; returns what was said. */
  public String train(Settings settings) {
    StringWriter said = new StringWriter();
    TrainJob.train(spark, storage, settings, new PrintWriter(said));
    return said.toString();
  }

  /** Trains, and leaves what a driver leaves that dies after that round. */
  public void trainUntil(long round, Settings settings) {
    train(settings);
    goBackTo(round, settings);
  }

  /** Leaves of a training that has ended what a driver leaves that dies after that round. */
  void goBackTo(long round, Settings settings) {
    RunDirectory run = run(settings);
    for (long later = latest(settings).round(); later > round; later--) {
      storage.deleteRecursively(run.checkpoints().path(later));
    }
  }

  /** The run of these settings. */
  public RunDirectory run(Settings settings) {
    return new RunDirectory(storage, new Path(settings.run().path()));
  }

  /** The last checkpoint. */
  CheckpointManifest latest(Settings settings) {
    return run(settings).checkpoints().latest().orElseThrow();
  }

  /** Where the parameters of these settings lie. */
  public ParameterLayout layout(Settings settings) {
    return TinyDataset.task(settings).layout();
  }

  /** The model of the last checkpoint. */
  FloatVector parameters(Settings settings) {
    return run(settings).checkpoints().parameters(latest(settings), layout(settings));
  }

  /** What the files of the last checkpoint hold, but for the manifest, which tells of times. */
  public List<String> checksums(Settings settings) {
    CheckpointManifest latest = latest(settings);
    Path directory = run(settings).checkpoints().path(latest.round());
    return latest.files().stream()
        .map(CheckpointFile::name)
        .map(name -> name + " " + Checksums.crc32c(storage, new Path(directory, name)))
        .toList();
  }

  /** What lies in a directory. */
  public List<String> names(Path directory) {
    return storage.list(directory).stream().map(FileStatus::getPath).map(Path::getName).toList();
  }

  /** The only file of a round whose name begins so. */
  public Path file(Settings settings, long round, String prefix) {
    List<Path> found =
        storage.list(run(settings).checkpoints().path(round)).stream()
            .map(FileStatus::getPath)
            .filter(path -> path.getName().startsWith(prefix))
            .toList();
    if (found.size() != 1) {
      throw new AssertionError(
          "files of round " + round + " that begin with " + prefix + ": " + found);
    }
    return found.get(0);
  }
}
