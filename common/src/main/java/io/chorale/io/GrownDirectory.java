package io.chorale.io;

import java.util.Collection;
import org.apache.hadoop.fs.Path;

/**
 * A directory that is there and grows by what one run adds. All that it adds lies in a directory of
 * its own, which nobody reads before the marker names it.
 *
 * <p>Of runs that add at the same time one wins: each must write the marker that it leads to beside
 * its own directory, under the number of the addition, where there is none yet ({@link
 * Storage#publishNew}), before it replaces the marker of the directory by it. So there is no lock,
 * and none that outlives its owner; what a run leaves that dies between the two another one can
 * finish.
 */
final class GrownDirectory extends StagedDirectory {
  private final String prefix;
  private Path path;
  private boolean begun;

  /**
   * @param prefix of what is added, in the directory: {@code additions/0001}
   */
  GrownDirectory(Storage storage, Path target, String thing, String marker, String prefix) {
    super(storage, target, thing, marker, false);
    this.prefix = prefix;
    this.path = new Path(target, prefix);
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public void probe() {
    Path probe = Hidden.beside(new Path(target, marker), Hidden.FILE);
    storage.publish(probe, new byte[] {'\n'});
    storage.deleteRecursively(probe);
  }

  @Override
  public void begin(String key) {
    path = new Path(target, prefix + "-" + key);
    begun = true;
    storage.createDirectories(path);
    new OwnDirectory(storage, path).deleteLeftovers(path);
  }

  /** Writes the record of the addition, then the marker. */
  @Override
  public void publish(byte[] content, Collection<String> files) {
    checkComplete(files);
    Path record = new Path(target, prefix + ".json");
    if (!storage.publishNew(record, content)) {
      throw taken("there is another " + record);
    }
    begun = false;
    storage.publish(new Path(target, marker), content);
  }

  @Override
  void delete() {
    storage.deleteRecursively(path);
  }

  /** Not what is published. */
  @Override
  boolean remains() {
    return begun && storage.exists(path);
  }
}
