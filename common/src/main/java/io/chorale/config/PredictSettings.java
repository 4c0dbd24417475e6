package io.chorale.config;

import java.util.List;

/** The settings of predictions for the rows of files; {@code reference.yaml} explains each key. */
public record PredictSettings(
    List<String> paths,
    String output,
    Format format,
    String prefix,
    int batch,
    boolean stream,
    boolean everyStep,
    boolean midi)
    implements RowSettings {

  public PredictSettings {
    paths = List.copyOf(paths);
    Check.atLeast("predict.batch", batch, 1);
  }
}
