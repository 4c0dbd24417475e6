package io.chorale.jobs.retrain;

import io.chorale.config.Settings;
import io.chorale.io.Storage;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * The directory of a cycle in {@code run.path}: {@code cycle-000007-1a2b3c4d}, which a command that
 * goes on with it finds by its number and the key of what it is made of.
 */
record CycleDirectory(Storage storage, Path path, long number) {
  private static final Pattern NAME = Pattern.compile("cycle-([0-9]{6,18})-[0-9a-f]{8}");
  private static final int KEY_DIGITS = 8;

  /**
   * @param made hexadecimal digits: the hash of what the cycle is made of
   */
  static CycleDirectory of(Storage storage, Settings settings, long number, String made) {
    Path all = storage.qualify(Storage.path("run.path", settings.run().path()));
    String name =
        String.format(Locale.ROOT, "cycle-%06d-%s", number, made.substring(0, KEY_DIGITS));
    return new CycleDirectory(storage, new Path(all, name), number);
  }

  /** The dataset that it trains on, where that is one of its own. */
  Path data() {
    return new Path(path, "data");
  }

  /** Its run. */
  Path run() {
    return new Path(path, "run");
  }

  /**
   * Deletes the directories of cycles that are no longer kept, and those of other tries of this
   * one.
   *
   * @param keep the newest cycles that stay
   */
  void deleteOthers(int keep) {
    for (FileStatus found : storage.list(path.getParent())) {
      Matcher name = NAME.matcher(found.getPath().getName());
      if (name.matches()) {
        long other = Long.parseLong(name.group(1));
        boolean anotherTry = other == number && !found.getPath().getName().equals(path.getName());
        if (other <= number - keep || anotherTry) {
          storage.deleteRecursively(found.getPath());
        }
      }
    }
  }
}
