package io.chorale.io;

import io.chorale.config.ChoraleException;
import java.nio.file.Files;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/**
 * A directory whose files are written and deleted without asking, such as that of a run.
 *
 * <p>What symbolic links in it lead to belongs to somebody else: it may be read, but is neither
 * written nor deleted, and neither are the links. The directory itself may be reached through
 * links: that is the choice of who names it. Only local file systems have links; Hadoop follows
 * none on others.
 *
 * @param path of the directory
 */
public record OwnDirectory(Storage storage, Path path) {

  public OwnDirectory {
    path = storage.qualify(path);
  }

  /** Whether a path in the directory is a link, or is reached through one that lies in it. */
  public boolean leadsOut(Path inside) {
    Path at = storage.qualify(inside);
    for (; at != null && !at.equals(path); at = at.getParent()) {
      if (isLink(at)) {
        return true;
      }
    }
    if (at == null) {
      throw new IllegalArgumentException(inside + " is not in " + path);
    }
    return false;
  }

  /**
   * To be called before a file is written.
   *
   * @throws ChoraleException where a link leads out
   */
  public void checkWritable(Path inside) {
    if (leadsOut(inside)) {
      throw new ChoraleException(
          "Cannot write %s: a symbolic link leads out of %s, expected nothing but directories. Remove the link."
              .formatted(inside, path));
    }
  }

  /** Deletes a file or a directory with all it holds; leaves alone what a link leads to. */
  public void delete(Path inside) {
    if (!leadsOut(inside)) {
      // Hadoop deletes links that lie further down, and not what they lead to.
      storage.deleteRecursively(inside);
    }
  }

  /**
   * Deletes what killed processes have left in one of the directories under the hidden names of
   * {@link Storage}; nothing where there is no such directory. What a living process is writing
   * there it writes again.
   */
  public void deleteLeftovers(Path inside) {
    if (storage.exists(inside) && !leadsOut(inside)) {
      storage.list(inside).stream()
          .map(FileStatus::getPath)
          .filter(found -> Hidden.is(found.getName()))
          .forEach(this::delete);
    }
  }

  private boolean isLink(Path path) {
    return storage.fileSystem(path) instanceof RawLocalFileSystem local
        && Files.isSymbolicLink(local.pathToFile(path).toPath());
  }
}
