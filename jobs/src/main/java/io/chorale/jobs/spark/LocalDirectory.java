package io.chorale.jobs.spark;

import io.chorale.config.ChoraleException;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import org.apache.spark.SparkConf;

/**
 * A directory for what Spark writes where driver and executor are one process: text and parameters
 * among it. Spark's own would let all users of the machine read them.
 *
 * @param path readable by this user alone
 */
record LocalDirectory(Path path) implements AutoCloseable {
  private static final String KEY = "spark.local.dir";
  private static final int ATTEMPTS = 5;

  /**
   * Makes one and sets it; null where there is a cluster, or where the user has chosen directories.
   *
   * @throws ChoraleException where none can be made, with the system's reason
   */
  static LocalDirectory of(SparkConf conf, Map<String, String> environment) {
    if (!conf.get("spark.master").startsWith("local")
        || conf.contains(KEY)
        || environment.containsKey("SPARK_LOCAL_DIRS")) {
      return null;
    }
    try {
      LocalDirectory made = new LocalDirectory(Files.createTempDirectory("chorale-"));
      conf.set(KEY, made.path.toString());
      return made;
    } catch (IOException e) {
      throw new ChoraleException(
          ("Cannot make a directory for Spark's temporary files in %s: %s, expected one that can be"
                  + " written. Set spark.local.dir, or java.io.tmpdir in JDK_JAVA_OPTIONS.")
              .formatted(System.getProperty("java.io.tmpdir"), e.getMessage()),
          e);
    }
  }

  /** Deletes it, as far as nobody writes there any more. */
  @Override
  public void close() {
    for (int attempt = 0; attempt < ATTEMPTS && Files.exists(path); attempt++) {
      try {
        Files.walkFileTree(path, new Deletion());
      } catch (DirectoryNotEmptyException | NoSuchFileException e) {
        // Spark is deleting there too, or has not ended quite yet.
        continue;
      } catch (IOException e) {
        return;
      }
    }
  }

  private static final class Deletion extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.deleteIfExists(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) {
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, IOException failure)
        throws IOException {
      Files.deleteIfExists(directory);
      return FileVisitResult.CONTINUE;
    }
  }
}
