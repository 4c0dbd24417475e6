package io.chorale.config;

/** Wrong use or bad settings: exit code 2. Thrown before anything is written. */
public final class SettingsException extends ChoraleException {
  private static final long serialVersionUID = 1L;

  /** A refusal with no cause worth keeping. */
  public SettingsException(String message) {
    super(message);
  }

  /** A refusal whose cause is kept for whoever looks into it. */
  public SettingsException(String message, Throwable cause) {
    super(message, cause);
  }
}
