package io.chorale.evaluate;

/**
 * A loss over many tokens.
 *
 * @param nats sum of the negative log-likelihoods
 * @param tokens that were predicted
 */
public record LossSum(double nats, long tokens) {
  /** Nats a token. */
  public double mean() {
    return nats / tokens;
  }

  /** Perplexity: e to the mean. */
  public double perplexity() {
    return Math.exp(mean());
  }

  /**
   * Bits a byte of text, which do not depend on the tokenizer.
   *
   * @param bytes of the text in UTF-8
   */
  public double bitsPerByte(long bytes) {
    return nats / Math.log(2) / bytes;
  }
}
