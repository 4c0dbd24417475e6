package io.chorale.token;

import io.chorale.config.TokenizerSettings;
import java.util.function.Consumer;

/** Cuts text into the pieces that a trainer counts. Immutable; threads may share it. */
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

  /** Every code point, white space included. */
  static PreTokenizer characters() {
    return (text, pieces) ->
        WellFormed.of(text).codePoints().forEach(c -> pieces.accept(Character.toString(c)));
  }

  /** What stands between white space (Unicode's property White_Space). */
  static PreTokenizer words() {
    return (text, pieces) -> {
      String whole = WellFormed.of(text);
      int length = whole.length();
      for (int i = 0; i < length; i++) {
        int start = i;
        while (i < length && !WhiteSpace.is(whole.charAt(i))) {
          i++;
        }
        if (i > start) {
          pieces.accept(whole.substring(start, i));
        }
      }
    };
  }

  /**
   * The pieces between which bpe never merges; together they are the whole text.
   *
   * @param pattern {@code gpt2} (a word, a number or a run of other signs, each with the one blank
   *     before it; contractions; white space) or a regular expression whose matches, and the text
   *     between them, are the pieces
   * @throws io.chorale.config.SettingsException where the expression is one that other clients of a
   *     tokenizer.json may read in another way
   */
  static PreTokenizer forPattern(String pattern) {
    return Splitting.of(pattern);
  }
}
