package io.chorale.io;

import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.Path;

/**
 * Names of what is not finished: {@code .NAME.xxxxxxxx.KIND} beside NAME, with eight hexadecimal
 * digits, which are random or the key of what another run goes on with. Nothing else in Chorale has
 * such a name, so what a killed process left can be told from everything a user keeps.
 */
final class Hidden {
  /** A file that is being written. */
  static final String FILE = "tmp";

  /** A directory that is being written; or, on an object store, the mark of one. */
  static final String DIRECTORY = "partial";

  /** A directory that was set aside for the one that replaces it. */
  static final String REPLACED = "old";

  /** A directory of finished parts, from which another run goes on. */
  static final String WORK = "work";

  private static final Pattern LEFTOVER =
      Pattern.compile(
          "\\.(.+)\\.[0-9a-f]{8}\\.(%s|%s|%s|%s)".formatted(FILE, DIRECTORY, REPLACED, WORK));

  private Hidden() {}

  /** An unused name beside a path. */
  static Path beside(Path path, String kind) {
    String unique = UUID.randomUUID().toString().substring(0, 8);
    return keyed(path, unique, kind);
  }

  /**
   * The name beside a path that has a key.
   *
   * @param key eight hexadecimal digits
   */
  static Path keyed(Path path, String key, String kind) {
    return new Path(path.getParent(), "." + path.getName() + "." + key + "." + kind);
  }

  /** Whether a name is of this form. */
  static boolean is(String name) {
    return LEFTOVER.matcher(name).matches();
  }

  /** Whether a name is of this form, for a file or directory of that name. */
  static boolean isOf(String name, String of) {
    var parts = LEFTOVER.matcher(name);
    return parts.matches() && parts.group(1).equals(of);
  }

  /** As {@link #isOf(String, String)}, of one kind. */
  static boolean isOf(String name, String of, String kind) {
    return isOf(name, of) && name.endsWith("." + kind);
  }
}
