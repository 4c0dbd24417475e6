package io.chorale.token;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/**
 * The name of the way in which a published byte-level tokenizer cuts a text, where other tools know
 * it by name: also of those that are encoded here by Hugging Face's library.
 */
final class PublishedSplitting {
  private static final String SMOLLM = "smollm";

  /** Digits cut out one by one, then GPT-2's expression, in one expression. */
  static final String SMOLLM_REGEX =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+|\\s+(?![^\\s\\p{N}])|\\s+";

  private PublishedSplitting() {}

  /** The name; empty where the tokenizer is another kind, or cuts in no way that has a name. */
  static Optional<String> of(TokenizerFile file) {
    if (!BytePairTokenizer.isPlainModel(file)) {
      return Optional.empty();
    }
    String normalizer = file.at("normalizer").path("type").asText("");
    Optional<String> name =
        isSmolLm(file.at("pre_tokenizer"))
            ? Optional.of(SMOLLM)
            : BytePairTokenizer.splitting(file).flatMap(Splitting::name);
    // Qwen's composes characters first; tools that know its name leave that out.
    return name.filter(
        cut -> normalizer.isEmpty() || (normalizer.equals("NFC") && cut.equals(Splitting.QWEN2)));
  }

  /** Digits one by one, all else as GPT-2. */
  static boolean isSmolLm(JsonNode preTokenizer) {
    JsonNode steps = preTokenizer.path("pretokenizers");
    return steps.size() == 2
        && steps.get(0).path("type").asText().equals("Digits")
        && steps.get(0).path("individual_digits").asBoolean()
        && BytePairTokenizer.isByteLevel(steps.get(1), true);
  }
}
