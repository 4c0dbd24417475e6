package io.chorale.io;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.ParentNotDirectoryException;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** Makes directories. */
final class Directories {
  private Directories() {}

  /**
   * Makes a directory with its parents; nothing where it is there.
   *
   * @throws IOException with the system's reason: of a local one Hadoop only tells that it failed
   */
  static void make(FileSystem system, Path directory) throws IOException {
    if (system instanceof RawLocalFileSystem local) {
      java.nio.file.Path path = local.pathToFile(directory).toPath();
      try {
        if (!Files.isDirectory(path)) {
          Files.createDirectories(path);
        }
      } catch (FileAlreadyExistsException e) {
        throw new ParentNotDirectoryException(e.getMessage() + " is no directory");
      }
    } else if (!system.mkdirs(directory)) {
      throw new IOException("the file system refused");
    }
  }
}
