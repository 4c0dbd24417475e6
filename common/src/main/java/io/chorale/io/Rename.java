package io.chorale.io;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.UnsupportedFileSystemException;

/**
 * Renames with one meaning on every file system; Hadoop's own differ where the target exists.
 *
 * <p>Atomic on local file systems and on HDFS. On others, {@code abfs} among them, only a rename to
 * a name that nothing has is as atomic as the file system's own: what is replaced is deleted first.
 */
record Rename(FileSystem system, Configuration configuration) {

  /**
   * Puts a file in the place of another one, if there is one. Local file systems and HDFS do so at
   * once. On any other there is a moment in which neither is there: a process that is killed then
   * has lost the one, and left the other under its hidden name.
   */
  void replace(Path from, Path to) throws IOException {
    if (system instanceof RawLocalFileSystem local) {
      // Hadoop's own rename falls back to a copy, which a reader could see half done.
      Files.move(nio(local, from), nio(local, to), StandardCopyOption.ATOMIC_MOVE);
    } else if (!inContext(from, to, Options.Rename.OVERWRITE)) {
      system.delete(to, false);
      toNew(from, to);
    }
  }

  /** Gives a file or directory a name that nothing has; fails where something has it. */
  void toNew(Path from, Path to) throws IOException {
    // A rename onto a directory would move into it.
    if (system.exists(to)) {
      throw new FileAlreadyExistsException(to + " exists");
    }
    if (system instanceof RawLocalFileSystem local) {
      moveToNew(nio(local, from), nio(local, to));
    } else if (!inContext(from, to, Options.Rename.NONE) && !system.rename(from, to)) {
      throw new IOException("the file system refused to rename " + from);
    }
  }

  private static void moveToNew(java.nio.file.Path from, java.nio.file.Path to) throws IOException {
    if (Files.isDirectory(from)) {
      // Refused by the operating system where a directory came in between that holds anything.
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
      return;
    }
    try {
      // Unlike a rename, a link does not replace a file that came in between.
      Files.createLink(to, from);
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (UnsupportedOperationException | FileSystemException e) {
      // A file system without links.
      Files.move(from, to);
      return;
    }
    Files.delete(from);
  }

  /** Renames as HDFS can; false where the file system knows no such rename. */
  private boolean inContext(Path from, Path to, Options.Rename option) throws IOException {
    try {
      FileContext.getFileContext(system.getUri(), configuration)
          .rename(system.makeQualified(from), system.makeQualified(to), option);
      return true;
    } catch (UnsupportedFileSystemException e) {
      return false;
    }
  }

  private static java.nio.file.Path nio(RawLocalFileSystem local, Path path) {
    return local.pathToFile(path).toPath();
  }
}
