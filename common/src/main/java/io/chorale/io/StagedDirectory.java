package io.chorale.io;

import io.chorale.config.ChoraleException;
import io.chorale.config.SettingsException;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * A directory that is published as a whole, by its marker; {@link Storage} says how. Of two runs
 * that write the same directory the first to publish wins on a file system, the last to begin on an
 * object store; the other one ends with a message.
 */
public abstract sealed class StagedDirectory
    permits StagedDirectory.Aside, StagedDirectory.InPlace, GrownDirectory {
  private static final String TAKEN =
      "Cannot publish %s %s: another run has written it meanwhile (%s), expected to be the only one."
          + " What that one wrote stays.";

  final Storage storage;
  final Path target;
  final String thing;
  final String marker;
  final boolean overwrite;

  StagedDirectory(Storage storage, Path target, String thing, String marker, boolean overwrite) {
    this.storage = storage;
    this.target = target;
    this.thing = thing;
    this.marker = marker;
    this.overwrite = overwrite;
  }

  static StagedDirectory of(
      Storage storage,
      Path target,
      String thing,
      String marker,
      Set<String> contents,
      boolean overwrite) {
    StagedDirectory staged =
        storage.onObjectStore(target)
            ? new InPlace(storage, target, thing, marker, overwrite)
            : new Aside(storage, target, thing, marker, overwrite);
    staged.check(contents);
    return staged;
  }

  /** Where the files are to be written. */
  public abstract Path path();

  /**
   * To be called before long work: finds out whether it can be written here, and leaves nothing.
   *
   * @throws ChoraleException where it can't
   */
  public abstract void probe();

  /**
   * To be called before the first file is written. What an earlier run with the same key has
   * written here stays. Whether what is to be replaced goes now or at the end depends on the
   * storage.
   *
   * @param key eight hexadecimal digits, which differ where other files are to be written
   */
  public abstract void begin(String key);

  /**
   * Writes the marker: now the directory is there.
   *
   * @param content of the marker
   * @param files that must be there, by their paths in {@link #path}
   * @throws ChoraleException where another run has written the directory
   */
  public abstract void publish(byte[] content, Collection<String> files);

  /**
   * Deletes what this run has written, after a failure; nothing before {@link #begin}. Waits until
   * it stays deleted: tasks that are being killed may write for a moment.
   *
   * @throws ChoraleException where they write for longer than that
   */
  public final void discard() {
    Leftovers.delete(thing, path(), this::remains, this::delete);
  }

  abstract void delete();

  /** Whether there is something that {@link #discard} would delete. */
  abstract boolean remains();

  private void check(Set<String> contents) {
    if (!storage.exists(target)) {
      return;
    }
    boolean known = storage.exists(new Path(target, marker));
    boolean directory = storage.status(target).isDirectory();
    if (!known && directory && (isEmpty(target) || !marks(target, marker).isEmpty())) {
      // Nothing that could be lost, or what a killed run has left of one.
      return;
    }
    if (!overwrite) {
      throw new SettingsException(
          "Cannot write %s %s: it exists, expected a new path. Choose another one, or give --overwrite."
              .formatted(thing, target));
    }
    if (!known) {
      throw new SettingsException(
          ("Cannot overwrite %s: it is no %s (it holds no %s), expected one or an empty directory."
                  + " Choose another path, or delete it yourself.")
              .formatted(target, thing, marker));
    }
    for (FileStatus found : storage.list(target)) {
      String name = found.getPath().getName();
      if (!name.equals(marker) && !contents.contains(name) && !Hidden.is(name)) {
        throw new SettingsException(
            "Cannot overwrite %s %s: it also holds %s, expected nothing else. Move that away, or choose another path."
                .formatted(thing, target, name));
      }
    }
  }

  /** An object store may show a directory where the last object has been deleted. */
  final boolean isEmpty(Path directory) {
    return storage.status(directory).isDirectory() && storage.list(directory).isEmpty();
  }

  /** What is hidden in a directory and of that name. */
  final List<Path> marks(Path directory, String name) {
    return storage.list(directory).stream()
        .map(FileStatus::getPath)
        .filter(path -> Hidden.isOf(path.getName(), name))
        .toList();
  }

  final void checkComplete(Collection<String> files) {
    Optional<String> missing =
        files.stream().filter(file -> !storage.exists(new Path(path(), file))).findFirst();
    if (missing.isPresent()) {
      throw taken(missing.get() + " is missing in " + path());
    }
  }

  final ChoraleException taken(String found) {
    return new ChoraleException(TAKEN.formatted(thing, target, found));
  }

  /** Under a hidden name beside its place. */
  static final class Aside extends StagedDirectory {
    private Path path;

    Aside(Storage storage, Path target, String thing, String marker, boolean overwrite) {
      super(storage, target, thing, marker, overwrite);
      path = Hidden.beside(target, Hidden.DIRECTORY);
    }

    @Override
    public Path path() {
      return path;
    }

    @Override
    public void probe() {
      Path ancestor = target.getParent();
      while (ancestor != null && !storage.exists(ancestor)) {
        ancestor = ancestor.getParent();
      }
      if (ancestor != null) {
        Path probe = new Path(ancestor, path.getName());
        storage.createDirectories(probe);
        storage.deleteRecursively(probe);
      }
    }

    @Override
    public void begin(String key) {
      path = Hidden.keyed(target, key, Hidden.DIRECTORY);
      storage.createDirectories(path);
      new OwnDirectory(storage, path).deleteLeftovers(path);
    }

    @Override
    public void publish(byte[] content, Collection<String> files) {
      checkComplete(files);
      storage.publish(new Path(path, marker), content);
      if (!overwrite && storage.exists(target) && !isEmpty(target)) {
        throw taken("it exists");
      }
      try {
        replace(storage.rename(target));
      } catch (IOException e) {
        throw Storage.failure("publish " + thing, target, e);
      }
      // Of killed runs; or of one that would have failed now.
      if (target.getParent() != null) {
        marks(target.getParent(), target.getName()).forEach(storage::deleteRecursively);
      }
    }

    private void replace(Rename rename) throws IOException {
      Path old = null;
      if (storage.exists(target)) {
        old = Hidden.beside(target, Hidden.REPLACED);
        move(rename, target, old);
      }
      try {
        move(rename, path, target);
      } catch (IOException | RuntimeException e) {
        if (old != null) {
          move(rename, old, target);
        }
        throw e;
      }
    }

    private void move(Rename rename, Path from, Path to) throws IOException {
      Retry.run(
          "rename to " + to + " the directory",
          from,
          () -> {
            // An attempt may have succeeded without being told so.
            if (storage.exists(from) || !storage.exists(to)) {
              rename.toNew(from, to);
            }
          });
    }

    @Override
    void delete() {
      storage.deleteRecursively(path);
    }

    @Override
    boolean remains() {
      return storage.exists(path);
    }
  }

  /** In its place, with a hidden mark until it is complete. */
  static final class InPlace extends StagedDirectory {
    private Path mark;
    private boolean begun;

    InPlace(Storage storage, Path target, String thing, String marker, boolean overwrite) {
      super(storage, target, thing, marker, overwrite);
      mark = Hidden.beside(new Path(target, marker), Hidden.DIRECTORY);
    }

    @Override
    public Path path() {
      return target;
    }

    @Override
    public void probe() {
      storage.publish(mark, new byte[] {'\n'});
      storage.deleteRecursively(mark);
    }

    @Override
    public void begin(String key) {
      mark = Hidden.keyed(new Path(target, marker), key, Hidden.DIRECTORY);
      boolean goesOn = storage.exists(target) && marks(target, marker).equals(List.of(mark));
      // First, so that what is half deleted is known as unfinished.
      storage.publish(mark, new byte[] {'\n'});
      begun = true;
      if (goesOn && !storage.exists(new Path(target, marker))) {
        storage.list(target).stream()
            .map(FileStatus::getPath)
            .filter(found -> Hidden.is(found.getName()) && !found.getName().equals(mark.getName()))
            .forEach(storage::deleteRecursively);
        return;
      }
      storage.deleteRecursively(new Path(target, marker));
      deleteAllButMark();
    }

    @Override
    public void publish(byte[] content, Collection<String> files) {
      if (!storage.exists(mark)) {
        throw taken("it has been begun anew");
      }
      checkComplete(files);
      if (!storage.publishNew(new Path(target, marker), content)) {
        throw taken("it holds another " + marker);
      }
      storage.deleteRecursively(mark);
    }

    @Override
    void delete() {
      deleteAllButMark();
      // Last, so that what is half deleted is known as unfinished.
      storage.deleteRecursively(mark);
    }

    private void deleteAllButMark() {
      for (FileStatus found : storage.list(target)) {
        if (!found.getPath().getName().equals(mark.getName())) {
          storage.deleteRecursively(found.getPath());
        }
      }
    }

    /** Not what is complete, and not what another run has begun. */
    @Override
    boolean remains() {
      return begun
          && storage.exists(target)
          && !isEmpty(target)
          && !storage.exists(new Path(target, marker))
          && marks(target, marker).stream().allMatch(mark::equals);
    }
  }
}
