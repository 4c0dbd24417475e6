package io.chorale.data;

/**
 * Cuts a stream into lanes that a model with carried state reads side by side: one lane alone would
 * wait for memory at every step. They follow from the stream alone.
 *
 * <p>All lanes are equally long. The first one begins at the first token and counts every
 * prediction that it makes; each of the others begins at least {@code context} tokens before what
 * it counts, to have a state when counting begins. Each counts at least 15 blocks, so that this
 * costs little, and a short stream is one lane.
 *
 * @param predictions of the stream: its tokens but the first
 * @param count lanes there are
 * @param early tokens that the others read before they count, at least
 */
record Lanes(long predictions, int count, int early) {
  private static final int MOST = 64;
  private static final int BLOCKS_OF_LANE = 16;

  /** The lanes of a stream with that many predictions, read in blocks of that many tokens. */
  static Lanes of(long predictions, int context) {
    long count = Math.max(1, Math.min(MOST, predictions / BLOCKS_OF_LANE / context));
    return new Lanes(predictions, (int) count, count == 1 ? 0 : context);
  }

  /** Tokens that a lane reads. */
  int length() {
    return (int) end(0);
  }

  /** The first token that a lane reads. */
  long begin(int lane) {
    return end(lane) - length();
  }

  /** The first token after which a lane's prediction counts. */
  long counted(int lane) {
    return lane == 0 ? 0 : end(lane - 1);
  }

  /** The token after the last one that a lane reads. */
  private long end(int lane) {
    long parts = (predictions - early) * (lane + 1);
    return early + (parts + count - 1) / count;
  }
}
