package io.chorale.generate;

import io.chorale.config.GenerateSettings;
import io.chorale.token.TextDecoder;
import io.chorale.token.Tokenizer;
import java.util.Arrays;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Writes text with a language model. What was read is kept, as state or as keys and values, so that
 * the cost of a token does not grow with the text. Not for more than one thread at a time.
 */
public final class TextGenerator implements AutoCloseable {
  private final Tokenizer tokenizer;
  private final Decoder decoder;
  private final int[] unused; // ids without an entry
  private final Set<Integer> ends;
  private final int[] begin;

  /**
   * @param model closed with this
   */
  public TextGenerator(Tokenizer tokenizer, NextToken model) {
    this(tokenizer, model, Set.of(tokenizer.endOfText()), new int[0]);
  }

  /**
   * A writer of texts that end at any of some ids.
   *
   * @param model closed with this
   * @param begin ids that stand before each text
   */
  public TextGenerator(Tokenizer tokenizer, NextToken model, Set<Integer> ends, int[] begin) {
    this.tokenizer = tokenizer;
    this.ends = Set.copyOf(ends);
    this.begin = begin.clone();
    this.decoder = new Decoder(model);
    this.unused =
        IntStream.range(0, tokenizer.vocabularySize()).filter(id -> !tokenizer.has(id)).toArray();
  }

  /**
   * Goes on from a prompt until the number of tokens, the stop text or the end of the text is
   * reached. The same arguments give the same text: what decoding the prompt with all that was
   * drawn gives behind the prompt. Ids that the tokenizer has no entry for are never drawn.
   *
   * @param prompt the text before; where it is empty, a new text begins
   * @param out takes the text, without the prompt, piece by piece; pieces are whole characters
   * @return how many tokens were drawn
   */
  public int generate(String prompt, GenerateSettings settings, Consumer<String> out) {
    return generate(ids(prompt), settings, out);
  }

  /** The ids of a prompt, with those that stand before it. */
  public int[] ids(String prompt) {
    int[] text = tokenizer.encode(prompt);
    return IntStream.concat(IntStream.of(begin), IntStream.of(text)).toArray();
  }

  /**
   * As {@link #generate(String, GenerateSettings, Consumer)}, from the ids of a prompt with all
   * that stands before it.
   */
  public int generate(int[] prompt, GenerateSettings settings, Consumer<String> out) {
    Sampler sampler = Sampler.of(settings);
    TextStream stream = new TextStream(settings.stop(), out);
    int[] unread = prompt;
    TextDecoder text = tokenizer.decoder();
    int prompted = tokenizer.decode(unread).length(); // characters of the prompt still to come
    for (int id : unread) {
      prompted -= pass(text.add(id), prompted, stream);
    }
    if (unread.length == 0) {
      unread = new int[] {tokenizer.endOfText()};
    }
    decoder.reset();
    int tokens = 0;
    while (tokens < settings.tokens() && !stream.stopped()) {
      float[] logits = decoder.read(unread);
      for (int id : unused) {
        logits[id] = Float.NEGATIVE_INFINITY;
      }
      // A model may have rows that no entry belongs to.
      Arrays.fill(logits, tokenizer.vocabularySize(), logits.length, Float.NEGATIVE_INFINITY);
      int id = sampler.next(logits);
      tokens++;
      if (ends.contains(id)) {
        break;
      }
      prompted -= pass(text.add(id), prompted, stream);
      unread = new int[] {id};
    }
    pass(text.end(), prompted, stream);
    stream.end();
    return tokens;
  }

  /** Passes text on without what is still the prompt's; how much that was. */
  private static int pass(String text, int prompted, TextStream stream) {
    int skipped = Math.min(text.length(), prompted);
    stream.add(text.substring(skipped));
    return skipped;
  }

  @Override
  public void close() {
    decoder.close();
  }
}
