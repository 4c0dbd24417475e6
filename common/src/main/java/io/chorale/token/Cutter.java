package io.chorale.token;

/**
 * Cuts text into pieces that together are the whole text. Immutable; threads may share it.
 *
 * <p>Pieces are told by their places, so that one that is only looked up need not be copied.
 */
interface Cutter {

  /** Takes pieces. */
  interface Sink {

    /** Takes the piece that begins at {@code from} and ends before {@code to}. */
    void piece(int from, int to);
  }

  /**
   * Hands every piece, in order, to the sink.
   *
   * @param text well formed
   */
  void cut(String text, Sink sink);
}
