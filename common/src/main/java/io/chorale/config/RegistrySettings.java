package io.chorale.config;

/** The settings of a registry of models; {@code reference.yaml} explains each key. */
public record RegistrySettings(String path, String name, int keep, int keepDays) {
  public RegistrySettings {
    Check.atLeast("registry.keep", keep, 0);
    Check.atLeast("registry.keep-days", keepDays, 0);
  }
}
