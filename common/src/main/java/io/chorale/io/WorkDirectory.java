package io.chorale.io;

import io.chorale.config.SettingsException;
import java.util.Arrays;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * Keeps the finished parts of a long job until its result is published: a hidden directory beside
 * it, from which another run of the same job goes on. What is in it is known by its marker, which
 * is written first and deleted first; a run that finds another one, or none, begins anew.
 */
public final class WorkDirectory {
  private static final int KEY_DIGITS = 8;

  private final Storage storage;
  private final Path target;
  private final Path path;

  private WorkDirectory(Storage storage, Path target, Path path) {
    this.storage = storage;
    this.target = target;
    this.path = path;
  }

  /**
   * The directory of a job; nothing is written yet.
   *
   * @param target where the result is to lie
   * @param made hexadecimal digits, at least eight: the hash of what the job is made of
   */
  public static WorkDirectory beside(Storage storage, Path target, String made) {
    Path result = storage.qualify(target);
    if (result.getParent() == null) {
      throw new SettingsException(
          "Cannot write %s: nothing can lie beside it, expected a directory below another one. Choose another path."
              .formatted(result));
    }
    String key = made.substring(0, KEY_DIGITS);
    return new WorkDirectory(storage, result, Hidden.keyed(result, key, Hidden.WORK));
  }

  /**
   * The directory of a job inside one of the user's, where it stays until the user deletes it; of
   * other inputs there are others beside it.
   *
   * @param made hexadecimal digits, at least eight: the hash of what the job is made of
   */
  public static WorkDirectory in(Storage storage, Path directory, String made) {
    Path path = new Path(storage.qualify(directory), "corpus-" + made.substring(0, KEY_DIGITS));
    return new WorkDirectory(storage, path, path);
  }

  /** The path of the directory. */
  public Path path() {
    return path;
  }

  /**
   * Begins work, or goes on with it.
   *
   * @param marker a name
   * @param content of the marker: all that the job is made of
   * @return whether a run with the same marker has begun before
   */
  public boolean begin(String marker, byte[] content) {
    Path file = new Path(path, marker);
    if (storage.exists(file)) {
      if (Arrays.equals(storage.readFully(file, Integer.MAX_VALUE - 8), content)) {
        return true;
      }
    }
    if (holdsWork()) {
      delete(path);
    }
    storage.publish(file, content);
    return false;
  }

  /** Whether there is more than what another run, which begins just now, writes first. */
  private boolean holdsWork() {
    return storage.exists(path)
        && storage.list(path).stream().anyMatch(found -> !Hidden.is(found.getPath().getName()));
  }

  /** Deletes it, and those of other jobs that were to have their result in the same place. */
  public void clear() {
    // By its name: a store may list a new directory late.
    delete(path);
    for (FileStatus found : storage.list(target.getParent())) {
      if (Hidden.isOf(found.getPath().getName(), target.getName(), Hidden.WORK)) {
        delete(found.getPath());
      }
    }
  }

  /** Its own files first, of which the marker is one: what is half deleted is no finished work. */
  private void delete(Path directory) {
    if (storage.exists(directory)) {
      storage.list(directory).stream()
          .filter(FileStatus::isFile)
          .forEach(file -> storage.deleteRecursively(file.getPath()));
      storage.deleteRecursively(directory);
    }
  }

  /**
   * Deletes it, after a failure that no other run could go on from; waits until it stays deleted,
   * as {@link StagedDirectory#discard()} does.
   */
  public void discard() {
    Leftovers.delete("work directory", path, () -> storage.exists(path), () -> delete(path));
  }
}
