package io.chorale.jobs.train;

import io.chorale.io.Faults;
import io.chorale.io.FaultyFileSystem;
import io.chorale.io.ObjectStoreFileSystem;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedSession;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Storage that refuses what {@link Faults} say, for one test at a time. */
public final class FaultyStorage implements AfterEachCallback {

  /**
   * A training on such storage.
   *
   * @param scheme {@code faulty}, a file system, or {@code objects}, an object store
   * @param directory of the file system's files
   */
  public TinyTraining training(SharedSession spark, String scheme, java.nio.file.Path directory) {
    Configuration configuration = spark.session().context().hadoopConfiguration();
    FaultyFileSystem.register(configuration);
    ObjectStoreFileSystem.register(configuration);
    ObjectStoreFileSystem.clear(0);
    String root = scheme.equals("objects") ? "objects://bucket/top" : "faulty://" + directory;
    return new TinyTraining(spark.session().context(), new Storage(configuration), root);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    Faults.end();
    ObjectStoreFileSystem.clear(0);
  }
}
