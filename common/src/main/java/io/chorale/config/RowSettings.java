package io.chorale.config;

import java.util.List;
import java.util.Locale;

/**
 * The settings of a command that puts every row of files through a model: which rows, and where and
 * how it writes them with what the model makes of them.
 */
public sealed interface RowSettings permits PredictSettings, EmbedSettings {
  /** How rows are written. */
  enum Format {
    AUTO,
    PARQUET,
    JSONL,
    CSV
  }

  /** Files, directories or globs whose rows are read. */
  List<String> paths();

  /** The directory of the results. */
  String output();

  /** How they are written, as it was set. */
  Format format();

  /** Rows read at a time. */
  int batch();

  /** Whether rows come from files that are added to a directory. */
  boolean stream();

  /** The format, by the name of the output where it is not set: never automatic. */
  default Format written() {
    if (format() != Format.AUTO) {
      return format();
    }
    String name = output().toLowerCase(Locale.ROOT);
    if (name.endsWith(".jsonl")) {
      return Format.JSONL;
    }
    return name.endsWith(".csv") ? Format.CSV : Format.PARQUET;
  }
}
