package io.chorale.jobs.spark;

import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import java.io.Serializable;

/** Settings as they cross the wire: as YAML, read once where they arrive. */
public final class SentSettings implements Serializable {
  private static final long serialVersionUID = 1L;

  private final String yaml;
  private transient Settings settings;

  public SentSettings(Settings settings) {
    this.yaml = SettingsFile.write(settings);
    this.settings = settings;
  }

  public Settings get() {
    if (settings == null) {
      settings = SettingsFile.reopen("the job's settings", yaml);
    }
    return settings;
  }
}
