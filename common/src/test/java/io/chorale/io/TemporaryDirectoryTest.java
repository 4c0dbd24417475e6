package io.chorale.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Directories for a while, and processes that are killed before they have deleted theirs. */
class TemporaryDirectoryTest {
  @TempDir Path parent;

  /** A process with a directory, which it keeps until it is told to end. */
  private static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws IOException {
      try (TemporaryDirectory made = TemporaryDirectory.create(Path.of(arguments[0]), "")) {
        Files.writeString(Files.createDirectory(made.path().resolve("sub")).resolve("a"), "text");
        System.out.println(made.path());
        System.in.read();
      }
    }
  }

  private Process holder() throws IOException {
    return new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                parent.toString()))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static Path told(Process holder) throws IOException {
    BufferedReader said = holder.inputReader();
    return Path.of(said.readLine());
  }

  private List<Path> all() throws IOException {
    try (Stream<Path> all = Files.list(parent)) {
      return all.toList();
    }
  }

  @Test
  void whatAKilledProcessHasLeftGoesAndWhatALivingOneNeedsStays() throws Exception {
    Process killed = holder();
    Process living = holder();
    try {
      Path left = told(killed);
      Path needed = told(living);
      killed.destroyForcibly().waitFor();
      assertTrue(Files.exists(left.resolve("sub/a")));
      try (TemporaryDirectory first = TemporaryDirectory.create(parent, "");
          TemporaryDirectory second = TemporaryDirectory.create(parent, "")) {
        assertFalse(Files.exists(left));
        assertTrue(Files.exists(needed.resolve("sub/a")));
        assertTrue(Files.exists(first.path()));
        assertEquals(
            "rwx------",
            PosixFilePermissions.toString(Files.getPosixFilePermissions(second.path())));
      }
      assertEquals(2, all().size(), "the directory of the living one, and its lock");
      living.getOutputStream().close();
      assertEquals(0, living.waitFor());
      assertEquals(List.of(), all());
    } finally {
      killed.destroyForcibly();
      living.destroyForcibly();
    }
  }

  @Test
  void whereNoneCanBeMadeTheReasonIsTold() {
    Path none = parent.resolve("none");
    ChoraleException failure =
        assertThrows(
            ChoraleException.class, () -> TemporaryDirectory.create(none, "spark.local.dir"));
    assertTrue(
        failure.getMessage().startsWith("Cannot make a directory for temporary files in " + none),
        failure.getMessage());
    assertTrue(failure.getMessage().endsWith(", or spark.local.dir."), failure.getMessage());
  }
}
