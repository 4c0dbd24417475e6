package io.chorale.io;

import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.Path;

/**
 * Names of what is not finished: {@code .NAME.xxxxxxxx.KIND} beside NAME, with eight random
 * hexadecimal digits. Nothing else in Chorale has such a name, so what a killed process left can be
 * told from everything a user keeps.
 */
final class Hidden {
  /** A file that is being written. */
  static final String FILE = "tmp";

  /** A directory that is being written; or, on an object store, the mark of one. */
  static final String DIRECTORY = "partial";

  /** A directory that was set aside for the one that replaces it. */
  static final String REPLACED = "old";

  private static final Pattern LEFTOVER =
      Pattern.compile("\\.(.+)\\.[0-9a-f]{8}\\.(" + FILE + "|" + DIRECTORY + "|" + REPLACED + ")");

  private Hidden() {}

  /** An unused name beside a path. */
  static Path beside(Path path, String kind) {
    String unique = UUID.randomUUID().toString().substring(0, 8);
    return new Path(path.getParent(), "." + path.getName() + "." + unique + "." + kind);
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
}
