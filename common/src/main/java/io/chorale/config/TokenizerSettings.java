package io.chorale.config;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Which tokenizer is trained or taken; {@code reference.yaml} explains each key. */
public record TokenizerSettings(Kind kind, String file, int vocabulary, String pattern) {

  /** The kinds of tokenizers that Chorale trains. */
  public enum Kind {
    CHARACTERS,
    WORDS,
    BPE
  }

  public TokenizerSettings {
    Check.atLeast("tokenizer.vocabulary", vocabulary, 2);
    if (kind == Kind.BPE && file.isEmpty()) {
      // 256 bytes and the end-of-text token.
      Check.atLeast("tokenizer.vocabulary (bpe)", vocabulary, 257);
    }
    Check.that(!pattern.isEmpty(), "tokenizer.pattern", "gpt2 or a regular expression", "nothing");
    try {
      Pattern.compile(pattern);
    } catch (PatternSyntaxException e) {
      throw new SettingsException(
          "tokenizer.pattern must be gpt2 or a regular expression (got: "
              + Shown.of(pattern)
              + ", "
              + e.getDescription()
              + " at position "
              + e.getIndex()
              + ")",
          e);
    }
  }
}
