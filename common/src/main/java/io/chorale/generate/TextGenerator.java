package io.chorale.generate;

import io.chorale.config.GenerateSettings;
import io.chorale.token.Tokenizer;
import java.util.function.Consumer;

/**
 * Writes text with a language model. What was read is kept, as state or as keys and values, so that
 * the cost of a token does not grow with the text. Not for more than one thread at a time.
 */
public final class TextGenerator implements AutoCloseable {
  private final Tokenizer tokenizer;
  private final Decoder decoder;

  /**
   * @param model closed with this
   */
  public TextGenerator(Tokenizer tokenizer, NextToken model) {
    this.tokenizer = tokenizer;
    this.decoder = new Decoder(model);
  }

  /**
   * Goes on from a prompt until the number of tokens, the stop text or the end of the text is
   * reached. The same arguments give the same text.
   *
   * @param prompt the text before; where it is empty, a new text begins
   * @param out takes the text, without the prompt, piece by piece; pieces are whole characters
   * @return how many tokens were drawn
   */
  public int generate(String prompt, GenerateSettings settings, Consumer<String> out) {
    Sampler sampler = Sampler.of(settings);
    TextStream stream = new TextStream(settings.stop(), out);
    int[] unread = tokenizer.encode(prompt);
    if (unread.length == 0) {
      unread = new int[] {tokenizer.endOfText()};
    }
    decoder.reset();
    int tokens = 0;
    while (tokens < settings.tokens() && !stream.stopped()) {
      int id = sampler.next(decoder.read(unread));
      tokens++;
      if (id == tokenizer.endOfText()) {
        break;
      }
      stream.add(tokenizer.bytes(id));
      unread = new int[] {id};
    }
    stream.end();
    return tokens;
  }

  @Override
  public void close() {
    decoder.close();
  }
}
