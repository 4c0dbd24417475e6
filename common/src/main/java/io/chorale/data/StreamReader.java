package io.chorale.data;

import java.util.Arrays;
import java.util.Iterator;
import java.util.stream.IntStream;

/** Reads a part of a shard of a {@link TokenStream} for evaluation, batch by batch. */
final class StreamReader {
  private final TokenStream stream;
  private final Targets tokens;
  private final Part part;
  private final int rows;

  /**
   * @param tokens of the shard
   * @param rows the most rows of a batch
   */
  StreamReader(TokenStream stream, Targets tokens, Part part, int rows) {
    this.stream = stream;
    this.tokens = tokens;
    this.part = part;
    this.rows = rows;
  }

  /** Blocks of which each stands for itself. */
  Iterator<Batch> blocks() {
    int context = stream.context();
    int predictions = tokens.length() - 1;
    return IntStream.range(0, groups())
        .mapToObj(
            group -> {
              int first = first(group);
              int length = Math.min(context, predictions - first * context);
              Block block = new Block(first(group + 1) - first, length);
              for (int row = 0; row < block.rows; row++) {
                int from = (first + row) * context;
                block.fill(row, from, Math.min(length, predictions - from), from);
              }
              return block.batch(false);
            })
        .iterator();
  }

  /** Lanes, each from its begin to its end. */
  Iterator<Batch> lanes() {
    int context = stream.context();
    Lanes lanes = Lanes.of(tokens.length() - 1, context);
    int blocks = (lanes.length() + context - 1) / context;
    return IntStream.range(0, groups() * blocks)
        .mapToObj(
            batch -> {
              int first = first(batch / blocks);
              int at = batch % blocks * context;
              int length = Math.min(context, lanes.length() - at);
              Block block = new Block(first(batch / blocks + 1) - first, length);
              for (int row = 0; row < block.rows; row++) {
                int lane = first + row;
                block.fill(row, lanes.begin(lane) + at, length, lanes.counted(lane));
              }
              return block.batch(at > 0);
            })
        .iterator();
  }

  private int groups() {
    return (part.to() - part.from() + rows - 1) / rows;
  }

  /** The first unit of a group of at most so many rows. */
  private int first(int group) {
    return (int) Math.min(part.to(), part.from() + (long) group * rows);
  }

  /** A batch in the making. */
  private final class Block {
    private final int rows;
    private final int length;
    private final int[] inputs;
    private final int[] targets;
    private final int[] lengths;
    private long predictions;

    Block(int rows, int length) {
      this.rows = rows;
      this.length = length;
      this.inputs = new int[rows * length];
      this.targets = new int[rows * length];
      this.lengths = new int[rows];
      Arrays.fill(targets, Batch.IGNORED);
    }

    /**
     * Fills a row with tokens of the stream.
     *
     * @param from place of the first one
     * @param counted place of the first one after which the prediction counts
     */
    void fill(int row, long from, int count, long counted) {
      int start = row * length;
      tokens.tokens().copy((int) from, inputs, start, count);
      int skipped = (int) Math.max(0, Math.min(count, counted - from));
      lengths[row] = count;
      predictions +=
          tokens.copy((int) from + skipped + 1, targets, start + skipped, count - skipped);
    }

    Batch batch(boolean continued) {
      return stream.batch(new Ids(inputs, length, lengths), targets, predictions, continued);
    }
  }
}
