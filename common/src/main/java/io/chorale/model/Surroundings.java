package io.chorale.model;

import io.chorale.config.Settings;

/**
 * What stands around a backbone, which differs by its kind: how wide its input is, and how the
 * matrices begin that it reads from and that read from it.
 *
 * @param inputWidth E
 * @param embedding first values of a table whose rows it reads
 * @param head first values of a matrix that reads its results
 */
record Surroundings(int inputWidth, Init embedding, Init head) {
  private static final double RECURRENT_EMBEDDING = 0.1;

  static Surroundings of(Settings settings) {
    int width = settings.model().width();
    return switch (settings.model().kind()) {
      case TRANSFORMER -> {
        Init init = Init.normal(Transformer.DEVIATION);
        yield new Surroundings(width, init, init);
      }
      case LSTM, GRU, RNN -> {
        int embedding = settings.recurrence().embedding();
        yield new Surroundings(
            embedding > 0 ? embedding : width,
            Init.normal(RECURRENT_EMBEDDING),
            Init.uniform(1 / StrictMath.sqrt((double) width)));
      }
    };
  }
}
