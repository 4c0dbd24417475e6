package io.chorale.io;

import io.chorale.config.SettingsException;
import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.RawLocalFileSystem;

/**
 * Tells what is on a local disk but is no file: reading a FIFO waits for a writer that may never
 * come, reading a device may never end. Hadoop shows them as empty files, and does not show links
 * that lead to nothing.
 */
public final class RegularFiles {
  private RegularFiles() {}

  /** Refuses a FIFO, a device, a socket and a link to one; what is not there is not refused. */
  public static void check(File file) {
    try {
      if (Files.readAttributes(file.toPath(), BasicFileAttributes.class).isOther()) {
        throw new SettingsException(
            "Cannot read %s: it is a FIFO, a device or a socket, expected a file. Check the path."
                .formatted(file));
      }
    } catch (IOException | InvalidPathException e) {
      // Whoever opens it is told the same, and knows better what to say.
    }
  }

  /** As {@link #check(File)}; nothing where the file system is not that of local disks. */
  public static void check(FileSystem system, org.apache.hadoop.fs.Path file) {
    if (system instanceof RawLocalFileSystem local) {
      check(local.pathToFile(file));
    }
  }

  /** Where a link of a local disk leads, if nothing is there. */
  static Optional<Path> missingTarget(File file) {
    try {
      Path path = file.toPath();
      return Files.isSymbolicLink(path) && Files.notExists(path)
          ? Optional.of(Files.readSymbolicLink(path))
          : Optional.empty();
    } catch (IOException | InvalidPathException e) {
      return Optional.empty();
    }
  }

  /** Refuses a directory of a local disk in which a link leads to nothing, but for hidden ones. */
  static void checkLinks(FileSystem system, org.apache.hadoop.fs.Path directory)
      throws IOException {
    if (!(system instanceof RawLocalFileSystem local)) {
      return;
    }
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(local.pathToFile(directory).toPath())) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (!name.startsWith(".") && !name.startsWith("_")) {
          refuseMissing(file);
        }
      }
    }
  }

  private static void refuseMissing(Path file) {
    Optional<Path> target = missingTarget(file.toFile());
    if (target.isPresent()) {
      throw new SettingsException(
          "Cannot read %s: it is a link to %s, where there is nothing, expected a file. Mend the link, or remove it."
              .formatted(file, target.get()));
    }
  }
}
