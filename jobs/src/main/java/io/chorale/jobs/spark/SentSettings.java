package io.chorale.jobs.spark;

import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import java.io.Serializable;

/** Settings as they cross the wire: as YAML, which a process reads once for all tasks of a job. */
public final class SentSettings implements Serializable {
  private static final long serialVersionUID = 1L;

  /** What was read last. */
  private static volatile Read latest = new Read("", null);

  private final String yaml;

  private record Read(String yaml, Settings settings) {}

  public SentSettings(Settings settings) {
    this.yaml = SettingsFile.write(settings);
  }

  public Settings get() {
    Read read = latest;
    if (!read.yaml.equals(yaml)) {
      read = new Read(yaml, SettingsFile.reopen("the job's settings", yaml));
      latest = read;
    }
    return read.settings;
  }
}
