package io.chorale.registry;

import io.chorale.config.SettingsException;
import io.chorale.config.Shown;

/**
 * Names a version of a model, by its number or by an alias: {@code NAME@42}, {@code
 * NAME@production}.
 *
 * @param model its name
 * @param version an alias, or the number in decimal digits
 */
public record ModelReference(String model, String version) {
  /** Begins a reference where the path of a run could stand: {@code registry:NAME@production}. */
  public static final String SCHEME = "registry:";

  private static final int LONGEST_NUMBER = 18;

  public ModelReference {
    Names.model(model);
    if (!Names.isNumber(version)) {
      Names.alias(version);
    } else if (version.length() > LONGEST_NUMBER) {
      throw new SettingsException(
          "Cannot use version %s: no version has so many digits, expected at most %d. Correct it."
              .formatted(Shown.of(version), LONGEST_NUMBER));
    }
  }

  /** Whether a setting that takes the path of a run holds a reference instead. */
  public static boolean is(String path) {
    return path.startsWith(SCHEME);
  }

  /**
   * Reads a reference: {@code NAME@VERSION} or {@code NAME}, which means {@code NAME@production};
   * and where there is a usual model {@code @VERSION} or a number alone.
   *
   * @param text with or without {@link #SCHEME}
   * @param usual the model that is meant where none is named; empty where there is none
   */
  public static ModelReference parse(String text, String usual) {
    return parse(text, usual, State.PRODUCTION);
  }

  /**
   * As {@link #parse(String, String)}.
   *
   * @param version that a name alone means
   */
  public static ModelReference parse(String text, String usual, String version) {
    String reference = is(text) ? text.substring(SCHEME.length()) : text;
    int at = reference.indexOf('@');
    if (at < 0) {
      return Names.isNumber(reference)
          ? new ModelReference(usual(usual, text), reference)
          : new ModelReference(reference, version);
    }
    String model = reference.substring(0, at);
    return new ModelReference(
        model.isEmpty() ? usual(usual, text) : model, reference.substring(at + 1));
  }

  /**
   * The usual model.
   *
   * @param name of it; empty where there is none
   * @param text that names none
   * @throws SettingsException where there is none
   */
  public static String usual(String name, String text) {
    if (name.isEmpty()) {
      throw new SettingsException(
          "Cannot tell which model %s means: registry.name is not set, expected it, or NAME@VERSION. Give one of them."
              .formatted(Shown.of(text)));
    }
    return name;
  }

  /** Whether the version is named by its number. */
  public boolean byNumber() {
    return Names.isNumber(version);
  }

  @Override
  public String toString() {
    return SCHEME + model + "@" + version;
  }
}
