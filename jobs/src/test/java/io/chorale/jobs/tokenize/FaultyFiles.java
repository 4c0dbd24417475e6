package io.chorale.jobs.tokenize;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chorale.io.Faults;
import io.chorale.io.FaultyFileSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Gives the commands that a test runs {@code faulty://}, files that refuse what it says. */
final class FaultyFiles implements BeforeEachCallback, AfterEachCallback {
  private static final String STORAGE = "spark.hadoop.fs.faulty.impl";

  @Override
  public void beforeEach(ExtensionContext context) {
    System.setProperty(STORAGE, FaultyFileSystem.class.getName());
  }

  @Override
  public void afterEach(ExtensionContext context) {
    Faults.end();
    System.clearProperty(STORAGE);
  }

  /** Whether the storage under test is asked to open a file: heard while it is. */
  static boolean isOpened() {
    return StackWalker.getInstance()
        .walk(
            frames ->
                frames
                    .filter(frame -> frame.getClassName().equals(FaultyFileSystem.class.getName()))
                    .limit(1)
                    .anyMatch(frame -> frame.getMethodName().equals("open")));
  }

  /** The bytes of all files below a directory, by their names there. */
  static TreeMap<String, byte[]> of(Path root) throws IOException {
    TreeMap<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> found = Files.walk(root)) {
      for (Path file : found.filter(Files::isRegularFile).toList()) {
        files.put(root.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return files;
  }

  /** Fails where two directories differ in any file. */
  static void assertSame(Path expected, Path actual) throws IOException {
    TreeMap<String, byte[]> files = of(actual);
    TreeMap<String, byte[]> wanted = of(expected);
    assertEquals(wanted.keySet(), files.keySet());
    wanted.forEach((name, bytes) -> assertArrayEquals(bytes, files.get(name), name));
  }
}
