package io.chorale.config;

import java.util.List;

/** The settings of vectors for the rows of files; {@code reference.yaml} explains each key. */
public record EmbedSettings(
    String from,
    Method method,
    double sif,
    List<String> paths,
    String output,
    Format format,
    String column,
    int batch,
    boolean stream,
    Mapping map,
    int directions,
    int size,
    int sampleRows)
    implements RowSettings {

  /** How the vectors of a text's words become one. */
  public enum Method {
    SIF,
    MEAN
  }

  /** The affine map of the vectors, which is learnt from a sample of them. */
  public enum Mapping {
    NONE,
    REMOVE,
    WHITEN
  }

  public EmbedSettings {
    paths = List.copyOf(paths);
    Check.positive("embed.sif", sif);
    Check.that(!column.isBlank(), "embed.column", "the name of a column", column);
    Check.atLeast("embed.batch", batch, 1);
    Check.atLeast("embed.directions", directions, 1);
    Check.atLeast("embed.size", size, 0);
    Check.atLeast("embed.sample-rows", sampleRows, 2);
  }
}
