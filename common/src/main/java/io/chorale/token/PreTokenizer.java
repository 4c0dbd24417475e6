package io.chorale.token;

import io.chorale.config.TokenizerSettings;
import java.util.function.Consumer;

/** Cuts text into the pieces that a trainer counts. Immutable; safe to share between threads. */
public interface PreTokenizer {

  /** Hands every piece of the text, in order, to the consumer. */
  void split(String text, Consumer<String> pieces);

  /** What the trainer of these settings counts. */
  static PreTokenizer of(TokenizerSettings settings) {
    return switch (settings.kind()) {
      case CHARACTERS -> characters();
      case WORDS -> words();
      case BPE -> forPattern(settings.pattern());
    };
  }

  /** Every code point. */
  static PreTokenizer characters() {
    throw new UnsupportedOperationException();
  }

  /** What stands between white space. */
  static PreTokenizer words() {
    throw new UnsupportedOperationException();
  }

  /** Pieces between which bpe never merges: {@code gpt2} or a regular expression. */
  static PreTokenizer forPattern(String pattern) {
    throw new UnsupportedOperationException();
  }
}
