package io.chorale.config;

/** The directory of a run; {@code reference.yaml} explains each key. */
public record RunSettings(String path, int keep) {
  public RunSettings {
    Check.atLeast("run.keep", keep, 1);
  }
}
