package io.chorale.config;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * The settings of the tokenizer that is trained or taken from a file; {@code reference.yaml}
 * explains each key.
 */
public record TokenizerSettings(
    Kind kind,
    String file,
    String endOfText,
    int vocabulary,
    String pattern,
    Target target,
    String targetFile,
    String targetEndOfText,
    int targetVocabulary) {

  // A longer one overflows the stack of whoever reads it.
  private static final int LONGEST_PATTERN = 10_000;

  /** The kinds of tokenizers that Chorale trains. */
  public enum Kind {
    CHARACTERS,
    WORDS,
    BPE
  }

  /** Whose tokenizer targets have. */
  public enum Target {
    SHARED,
    SEPARATE
  }

  public TokenizerSettings {
    checkEntries("tokenizer.vocabulary", vocabulary, kind, file);
    checkEndOfText("tokenizer.end-of-text", endOfText, "tokenizer.file", file);
    if (target == Target.SEPARATE) {
      Check.that(
          file.isEmpty() == targetFile.isEmpty(),
          "tokenizer.target-file",
          file.isEmpty()
              ? "empty where tokenizer.file is: both tokenizers are given, or both are trained"
              : "set where tokenizer.file is and tokenizer.target is separate",
          targetFile.isEmpty() ? "nothing" : targetFile);
      if (targetVocabulary != 0) {
        checkEntries("tokenizer.target-vocabulary", targetVocabulary, kind, targetFile);
      }
      checkEndOfText(
          "tokenizer.target-end-of-text", targetEndOfText, "tokenizer.target-file", targetFile);
    }
    Check.that(
        !pattern.isEmpty(),
        "tokenizer.pattern",
        "gpt2, llama3, qwen2 or a regular expression",
        "nothing");
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

  private static void checkEntries(String key, int entries, Kind kind, String file) {
    Check.atLeast(key, entries, 2);
    if (kind == Kind.BPE && file.isEmpty()) {
      // 256 bytes and the end-of-text token.
      Check.atLeast(key + " (bpe)", entries, 257);
    }
  }

  private static void checkEndOfText(String key, String token, String fileKey, String file) {
    Check.that(
        token.isEmpty() || !file.isEmpty(),
        key,
        "empty where %s is: the tokenizers trained here have a token of their own"
            .formatted(fileKey),
        token);
  }

  /** Whether targets have a tokenizer of their own. */
  public boolean separate() {
    return target == Target.SEPARATE;
  }

  /** The tokenizer of the targets, as the texts' is told of: this one where they share it. */
  public TokenizerSettings ofTargets() {
    return separate()
        ? new TokenizerSettings(
            kind,
            targetFile,
            targetEndOfText,
            targetVocabulary == 0 ? vocabulary : targetVocabulary,
            pattern,
            Target.SHARED,
            "",
            "",
            0)
        : this;
  }

  private static SettingsException refused(String pattern, String fault, Throwable cause) {
    return new SettingsException(
        "tokenizer.pattern must be gpt2, llama3, qwen2 or a regular expression (got: "
            + Shown.of(pattern)
            + ", "
            + fault
            + ")",
        cause);
  }
}
