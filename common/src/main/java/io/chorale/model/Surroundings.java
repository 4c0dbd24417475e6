package io.chorale.model;

import io.chorale.config.Settings;
import java.util.function.IntFunction;

/**
 * The conventions around a backbone, by its kind: how wide its input is, whether dropout on it is
 * still to be done, how the matrices begin that it reads from and that read from it.
 *
 * @param inputWidth E
 * @param embedding first values of a table whose rows it reads
 * @param projection first values of a matrix whose results it reads, made from so many numbers: a
 *     transformer adds positions to them, which must be about as large; what a recurrent model
 *     reads begins as PyTorch's linear layers do
 * @param inputDropped whether what it reads has had its dropout before; a transformer does that
 *     itself, after it has added positions
 * @param head first values of a matrix that reads its results
 * @param headBiased whether a head over a vocabulary has a bias: GPT-2's has none; that of a
 *     recurrent model, as PyTorch's example has it, does
 */
record Surroundings(
    int inputWidth,
    Init embedding,
    IntFunction<Init> projection,
    boolean inputDropped,
    Init head,
    boolean headBiased) {
  private static final double RECURRENT_EMBEDDING = 0.1;

  static Surroundings of(Settings settings) {
    int width = settings.model().width();
    return switch (settings.model().kind()) {
      case TRANSFORMER -> {
        Init init = Init.normal(settings.attention().initializerRange());
        yield new Surroundings(width, init, numbers -> init, false, init, false);
      }
      case LSTM, GRU, RNN -> {
        int embedding = settings.recurrence().embedding();
        yield new Surroundings(
            embedding > 0 ? embedding : width,
            Init.normal(RECURRENT_EMBEDDING),
            numbers -> Init.uniform(1 / StrictMath.sqrt(numbers)),
            true,
            Init.uniform(1 / StrictMath.sqrt((double) width)),
            true);
      }
      case LINEAR -> throw new IllegalArgumentException("a linear model has no backbone");
    };
  }
}
