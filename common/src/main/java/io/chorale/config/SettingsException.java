package io.chorale.config;

/** Wrong use or bad settings: exit code 2. Thrown before anything is written. */
public final class SettingsException extends ChoraleException {
  private static final long serialVersionUID = 1L;

  public SettingsException(String message) {
    super(message);
  }

  public SettingsException(String message, Throwable cause) {
    super(message, cause);
  }
}
