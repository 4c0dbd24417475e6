package io.chorale.config;

import java.util.List;
import java.util.Locale;

/** The settings of predictions for the rows of files; {@code reference.yaml} explains each key. */
public record PredictSettings(
    List<String> paths,
    String output,
    Format format,
    String prefix,
    int batch,
    boolean stream,
    boolean everyStep,
    boolean midi) {

  /** How predictions are written. */
  public enum Format {
    AUTO,
    PARQUET,
    JSONL,
    CSV
  }

  public PredictSettings {
    paths = List.copyOf(paths);
    Check.atLeast("predict.batch", batch, 1);
  }

  /** The format, by the name of the output where it is not set: never automatic. */
  public Format written() {
    if (format != Format.AUTO) {
      return format;
    }
    String name = output.toLowerCase(Locale.ROOT);
    if (name.endsWith(".jsonl")) {
      return Format.JSONL;
    }
    return name.endsWith(".csv") ? Format.CSV : Format.PARQUET;
  }
}
