package io.chorale.data;

/**
 * What one step of a language model sees: B rows of T tokens, and after each of them the next one.
 *
 * @param inputs token ids, row-major [B, T]
 * @param targets the token after each input, row-major [B, T]
 * @param rows B
 * @param length T
 * @param continued whether every row goes on where the same row of the previous batch ended, so
 *     that a recurrent model may carry its state over
 */
public record Batch(int[] inputs, int[] targets, int rows, int length, boolean continued) {
  public Batch {
    if (inputs.length != rows * length || targets.length != rows * length) {
      throw new IllegalArgumentException(
          "inputs and targets must have %d x %d elements (got: %d and %d)"
              .formatted(rows, length, inputs.length, targets.length));
    }
  }
}
