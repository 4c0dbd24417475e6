package io.chorale.config;

import java.util.Locale;

/** The parts of a dataset. */
public enum DatasetSplit {
  TRAIN,
  VALIDATION,
  TEST;

  /** As in the manifest and in the names of directories: {@code validation}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
