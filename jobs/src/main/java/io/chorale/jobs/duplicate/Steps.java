package io.chorale.jobs.duplicate;

import io.chorale.io.Storage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;

/**
 * Keeps what a job has found on its way in a directory, a Parquet directory a step: a job that goes
 * on after it was killed reads those that are finished, and no step is computed again from the
 * first.
 *
 * <p>The directory belongs to one job on one input; whoever starts it deletes it in the end.
 */
public final class Steps {
  /** Spark writes it when all files of a directory are there. */
  private static final String FINISHED = "_SUCCESS";

  private final SparkSession spark;
  private final Storage storage;
  private final Path directory;
  private final Consumer<String> begins;

  /**
   * Steps in a directory, which need not be there.
   *
   * @param begins hears the name of each step that is computed
   */
  public Steps(SparkSession spark, Storage storage, Path directory, Consumer<String> begins) {
    this.spark = spark;
    this.storage = storage;
    this.directory = directory;
    this.begins = begins;
  }

  /** The rows of a step: as they were kept, or else computed and kept. */
  Dataset<Row> keep(String name, Supplier<Dataset<Row>> rows) {
    Path step = new Path(directory, name);
    if (!storage.exists(new Path(step, FINISHED))) {
      begins.accept(name);
      rows.get().write().mode(SaveMode.Overwrite).parquet(step.toString());
    }
    return spark.read().parquet(step.toString());
  }
}
