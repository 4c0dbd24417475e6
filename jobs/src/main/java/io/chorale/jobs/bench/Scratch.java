package io.chorale.jobs.bench;

import java.nio.file.Path;
import org.apache.spark.api.java.JavaSparkContext;

/** The directory that a benchmark writes to, Spark's shuffle files included. */
final class Scratch {
  private Scratch() {}

  /** The first of Spark's local directories. */
  static Path of(JavaSparkContext spark) {
    String directories =
        spark.getConf().get("spark.local.dir", System.getProperty("java.io.tmpdir"));
    return Path.of(directories.split(",", 2)[0]);
  }
}
