package io.chorale.jobs.bench;

import io.chorale.checkpoint.RoundMetrics;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.io.Storage;
import io.chorale.jobs.train.TrainJob;
import io.chorale.tensor.Device;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Speed of the train job on this machine, with random tokens: a worker on every core, or one on its
 * first GPU.
 */
final class JobBenchmark implements AutoCloseable {
  private static final int WARMUP = 20;

  private final JavaSparkContext spark;
  private final Storage storage;
  private final Settings settings;
  private final int workers;
  private final Path directory;

  /**
   * Writes the dataset, and trains a few steps so that classes are loaded and compiled.
   *
   * @param parent of the directory that holds dataset and runs until {@link #close}
   */
  JobBenchmark(JavaSparkContext spark, Settings settings, int vocabulary, Path parent)
      throws IOException {
    this.spark = spark;
    this.storage = new Storage(spark.hadoopConfiguration());
    this.settings = settings;
    this.workers =
        Device.of(settings.train().device(), 0) == Device.CPU
            ? Runtime.getRuntime().availableProcessors()
            : 1;
    this.directory = Files.createTempDirectory(parent, "chorale-bench");
    int batchTokens = settings.train().batch() * settings.train().context();
    try {
      new SyntheticDataset(settings, vocabulary)
          .write(storage, path("data"), workers, Math.max(1 << 16, 2 * batchTokens));
      round(WARMUP);
    } catch (Throwable e) {
      close();
      throw e;
    }
  }

  int workers() {
    return workers;
  }

  /**
   * Runs a training of two rounds, of which the second is measured: workers then have a state to
   * read.
   *
   * @param steps local steps of each worker in a round
   */
  RoundMetrics round(long steps) {
    Settings adapted =
        SettingsFile.with(
            settings,
            "data.path=" + path("data"),
            "run.path=" + path("run"),
            "train.workers=" + workers,
            "train.average-every=" + steps,
            "train.steps=" + 2 * steps,
            // The dataset has a training split alone.
            "train.patience=0",
            "evaluate.split=validation",
            "evaluate.every=0");
    TrainJob job = new TrainJob(spark, storage, adapted, new PrintWriter(Writer.nullWriter()));
    job.run();
    storage.deleteRecursively(path("run"));
    return job.metrics().get(1);
  }

  private org.apache.hadoop.fs.Path path(String name) {
    return new org.apache.hadoop.fs.Path(directory.resolve(name).toUri());
  }

  @Override
  public void close() {
    storage.deleteRecursively(new org.apache.hadoop.fs.Path(directory.toUri()));
  }
}
