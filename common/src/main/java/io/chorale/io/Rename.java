package io.chorale.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.UnsupportedFileSystemException;

/** Renames with one meaning on every file system; Hadoop's own differ where the target exists. */
final class Rename {
  private Rename() {}

  /**
   * Puts a file in the place of another one, if there is one. Atomic on local file systems and on
   * HDFS; on an object store a reader may for a moment find neither.
   */
  static void replace(FileSystem system, Path from, Path to, Configuration configuration)
      throws IOException {
    if (system instanceof RawLocalFileSystem local) {
      move(local, from, to);
      return;
    }
    try {
      FileContext.getFileContext(system.getUri(), configuration)
          .rename(system.makeQualified(from), system.makeQualified(to), Options.Rename.OVERWRITE);
    } catch (UnsupportedFileSystemException e) {
      system.delete(to, false);
      toNew(system, from, to);
    }
  }

  /** Gives a file or directory a name that nothing has; fails where something has it. */
  static void toNew(FileSystem system, Path from, Path to) throws IOException {
    // A rename onto a directory would move into it.
    if (system.exists(to)) {
      throw new IOException(to + " exists");
    }
    if (system instanceof RawLocalFileSystem local) {
      move(local, from, to);
    } else if (!system.rename(from, to)) {
      throw new IOException("the file system refused to rename " + from);
    }
  }

  private static void move(RawLocalFileSystem local, Path from, Path to) throws IOException {
    // Hadoop's own rename falls back to a copy, which a reader could see half done.
    Files.move(
        local.pathToFile(from).toPath(),
        local.pathToFile(to).toPath(),
        StandardCopyOption.ATOMIC_MOVE);
  }
}
