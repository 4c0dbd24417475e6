package io.chorale.config;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Which tokenizer is trained or taken; {@code reference.yaml} explains each key. */
public record TokenizerSettings(
    Kind kind, String file, String endOfText, int vocabulary, String pattern) {

  // A longer one overflows the stack of whoever reads it.
  private static final int LONGEST_PATTERN = 10_000;

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
    Check.that(
        endOfText.isEmpty() || !file.isEmpty(),
        "tokenizer.end-of-text",
        "empty where tokenizer.file is: the tokenizers trained here have a token of their own",
        endOfText);
    Check.that(!pattern.isEmpty(), "tokenizer.pattern", "gpt2 or a regular expression", "nothing");
    Check.that(
        pattern.length() <= LONGEST_PATTERN,
        "tokenizer.pattern",
        "a regular expression of at most " + LONGEST_PATTERN + " characters",
        pattern.length());
    try {
      Pattern.compile(pattern);
    } catch (PatternSyntaxException e) {
      throw refused(pattern, e.getDescription() + " at position " + e.getIndex(), e);
    } catch (StackOverflowError e) {
      throw refused(pattern, "groups too deep within each other", e);
    }
  }

  private static SettingsException refused(String pattern, String fault, Throwable cause) {
    return new SettingsException(
        "tokenizer.pattern must be gpt2 or a regular expression (got: "
            + Shown.of(pattern)
            + ", "
            + fault
            + ")",
        cause);
  }
}
