package io.chorale.io;

import io.chorale.config.ChoraleException;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.Path;

/**
 * Names of files that manifests hold: none is hidden, none leads out of the manifest's directory.
 */
public final class ManifestName {
  private static final String PART = "[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*";
  private static final Pattern INSIDE = Pattern.compile(PART + "(/" + PART + ")*");

  private ManifestName() {}

  /**
   * The path of a file that a manifest names.
   *
   * @param name of the file in the directory, with {@code /} between the parts
   * @throws ChoraleException where the name could lead out of the directory
   */
  public static Path in(Path directory, String name) {
    if (!INSIDE.matcher(name).matches()) {
      throw new ChoraleException(
          "Cannot open %s of %s: the name is not of a file inside the directory, expected letters, digits, '-' and single dots. The manifest that names it is forged or damaged."
              .formatted(name.replaceAll("[^ -~]", "?"), directory));
    }
    return new Path(directory, name);
  }
}
