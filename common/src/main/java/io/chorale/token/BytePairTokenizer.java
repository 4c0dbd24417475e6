package io.chorale.token;

import com.fasterxml.jackson.databind.JsonNode;
import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingRegistry;
import com.knuddels.jtokkit.api.GptBytePairEncodingParams;
import java.util.Map;
import java.util.Optional;

/**
 * Byte-level bpe, encoded by jtokkit.
 *
 * <p>Time is in proportion to the text. A piece that the splitting leaves very long, such as
 * megabytes of letters without a blank, takes about 3 s and 100 MB of heap for each megabyte.
 */
final class BytePairTokenizer extends FileTokenizer {
  private final Splitting splitting;
  private final Encoding encoding;

  private BytePairTokenizer(TokenizerFile file, Splitting splitting, Map<byte[], Integer> ranks) {
    super(file);
    this.splitting = splitting;
    EncodingRegistry registry = Encodings.newLazyEncodingRegistry();
    registry.registerGptBytePairEncoding(
        new GptBytePairEncodingParams(file.name(), splitting.pattern(), ranks, Map.of()));
    encoding = registry.getEncoding(file.name()).orElseThrow();
  }

  /** The tokenizer, if jtokkit gives the ids that the file asks for. */
  static Optional<Tokenizer> of(TokenizerFile file) {
    Optional<Splitting> splitting = isPlainModel(file) ? splitting(file) : Optional.empty();
    if (splitting.isEmpty()) {
      return Optional.empty();
    }
    Map<byte[], Integer> ranks = Merges.ranks(file);
    return ranks.isEmpty()
        ? Optional.empty()
        : Optional.of(new BytePairTokenizer(file, splitting.get(), ranks));
  }

  private static boolean isPlainModel(TokenizerFile file) {
    JsonNode model = file.model();
    return model.path("type").asText("BPE").equals("BPE")
        && model.path("dropout").asDouble() == 0
        && model.path("continuing_subword_prefix").asText("").isEmpty()
        && model.path("end_of_word_suffix").asText("").isEmpty()
        && !model.path("byte_fallback").asBoolean()
        && (file.at("normalizer").isNull() || file.at("normalizer").isMissingNode())
        && file.at("decoder").path("type").asText().equals("ByteLevel")
        && file.added().stream().allMatch(TokenizerFile.Added::special);
  }

  /** GPT-2's splitting, or one by a regular expression that is portable. */
  private static Optional<Splitting> splitting(TokenizerFile file) {
    JsonNode first = file.at("pre_tokenizer");
    if (isByteLevel(first, true)) {
      return Optional.of(Splitting.of(Splitting.GPT2));
    }
    JsonNode steps = first.path("pretokenizers");
    String regex = steps.path(0).path("pattern").path("Regex").asText();
    return steps.size() == 2
            && TokenizerFile.isSplit(steps.get(0), regex, "Isolated")
            && isByteLevel(steps.get(1), false)
            && PortableRegex.fault(regex).isEmpty()
        ? Optional.of(Splitting.ofPortable(regex))
        : Optional.empty();
  }

  private static boolean isByteLevel(JsonNode step, boolean splits) {
    return step.path("type").asText().equals("ByteLevel")
        && !step.path("add_prefix_space").asBoolean(true)
        && step.path("use_regex").asBoolean(true) == splits;
  }

  @Override
  public int[] encode(String text) {
    String whole = WellFormed.of(text);
    splitting.check(whole);
    return encoding.encodeOrdinary(whole).toArray();
  }
}
