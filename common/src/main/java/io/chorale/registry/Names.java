package io.chorale.registry;

import io.chorale.config.SettingsException;
import io.chorale.config.Shown;
import java.util.regex.Pattern;

/** Checks the names of models, which are directories, and of aliases. */
final class Names {
  private static final int LONGEST = 100;
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]*(\\.[A-Za-z0-9_-]+)*");
  private static final Pattern DIGITS = Pattern.compile("[0-9]+");

  private Names() {}

  static boolean isModel(String name) {
    return name.length() <= LONGEST && NAME.matcher(name).matches();
  }

  static String model(String name) {
    if (!isModel(name)) {
      throw new SettingsException(
          "Cannot use the model %s: that is no name of one, expected at most %d letters, digits, '-', '_' and single dots. Correct it, or registry.name."
              .formatted(shown(name), LONGEST));
    }
    return name;
  }

  static String alias(String name) {
    if (!isModel(name) || isNumber(name)) {
      throw new SettingsException(
          "Cannot use the alias %s: that is no name of one, expected at most %d letters, digits, '-', '_' and single dots, not digits alone. Correct it."
              .formatted(shown(name), LONGEST));
    }
    return name;
  }

  /** Whether it is the number of a version, and no alias. */
  static boolean isNumber(String name) {
    return DIGITS.matcher(name).matches();
  }

  private static String shown(String name) {
    return name.isEmpty() ? "\"\"" : Shown.of(name);
  }
}
