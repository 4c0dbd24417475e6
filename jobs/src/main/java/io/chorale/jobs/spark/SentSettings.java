package io.chorale.jobs.spark;

import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.config.Sources;
import java.io.Serializable;

/** Settings as they cross the wire: as YAML, which a process reads once for all tasks of a job. */
public final class SentSettings implements Serializable {
  private static final long serialVersionUID = 1L;

  /** What was read last. */
  private static volatile Read latest = new Read("", null, null);

  private final String yaml;

  private record Read(String yaml, Settings settings, Sources sources) {}

  public SentSettings(Settings settings) {
    this.yaml = SettingsFile.write(settings);
  }

  public Settings get() {
    return read().settings;
  }

  /** The sources of the corpus. */
  public Sources sources() {
    return read().sources;
  }

  private Read read() {
    Read read = latest;
    if (!read.yaml.equals(yaml)) {
      Settings settings = SettingsFile.reopen("the job's settings", yaml);
      read = new Read(yaml, settings, Sources.of(settings));
      latest = read;
    }
    return read;
  }
}
