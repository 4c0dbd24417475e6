package io.chorale.token;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Writes the tokenizer.json of the kinds that Chorale trains: the same bytes for the same contents.
 *
 * <p>In each, {@link Tokenizers#END_OF_TEXT} has id 0 and is the one control token. {@link
 * Tokenizers#UNKNOWN} is an ordinary entry, so that clients do not look for it inside of text.
 */
final class TokenizerWriter {

  /** Cuts before and after every character, line ends included. */
  static final String EVERY_CHARACTER = "[\\s\\S]";

  /** What stands between words. */
  static final String WHITE_SPACE = "\\s+";

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private TokenizerWriter() {}

  /** Characters, in the order of their ids, which begin at 2. */
  static byte[] characters(List<String> characters) {
    ObjectNode root = root();
    root.set("pre_tokenizer", split(EVERY_CHARACTER, "Isolated"));
    root.putNull("post_processor");
    root.putObject("decoder").put("type", "Fuse");
    root.set("model", wordLevel(characters));
    return bytes(root);
  }

  /** Words, in the order of their ids, which begin at 2; decoded with one blank between two. */
  static byte[] words(List<String> words) {
    ObjectNode root = root();
    root.set("pre_tokenizer", split(WHITE_SPACE, "Removed"));
    root.putNull("post_processor");
    root.putNull("decoder");
    root.set("model", wordLevel(words));
    return bytes(root);
  }

  /**
   * Byte-level bpe.
   *
   * @param entries the bytes, then the products of the merges, as {@link ByteAlphabet} writes them;
   *     their ids begin at 1
   * @param merges two entries with a blank between them, best first
   */
  static byte[] bpe(Splitting splitting, List<String> entries, List<String> merges) {
    ObjectNode root = root();
    if (splitting.isGpt2()) {
      root.set("pre_tokenizer", byteLevel(true));
    } else {
      ArrayNode steps =
          root.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
      steps.add(split(splitting.regex(), "Isolated")).add(byteLevel(false));
    }
    root.putNull("post_processor");
    root.set("decoder", byteLevel(true));
    ObjectNode model = root.putObject("model").put("type", "BPE");
    model.putNull("dropout").putNull("unk_token");
    model.putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
    model.put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", false);
    ObjectNode vocabulary = model.putObject("vocab");
    vocabulary.put(Tokenizers.END_OF_TEXT, 0);
    entries.forEach(entry -> vocabulary.put(entry, vocabulary.size()));
    ArrayNode list = model.putArray("merges");
    merges.forEach(list::add);
    return bytes(root);
  }

  private static ObjectNode root() {
    ObjectNode root = MAPPER.createObjectNode().put("version", "1.0");
    root.putNull("truncation").putNull("padding");
    ObjectNode control = root.putArray("added_tokens").addObject().put("id", 0);
    control.put("content", Tokenizers.END_OF_TEXT).put("single_word", false);
    control.put("lstrip", false).put("rstrip", false).put("normalized", false).put("special", true);
    return root.putNull("normalizer");
  }

  private static ObjectNode split(String regex, String behavior) {
    ObjectNode split = MAPPER.createObjectNode().put("type", "Split");
    split.putObject("pattern").put("Regex", regex);
    return split.put("behavior", behavior).put("invert", false);
  }

  private static ObjectNode byteLevel(boolean splits) {
    return MAPPER
        .createObjectNode()
        .put("type", "ByteLevel")
        .put("add_prefix_space", false)
        .put("trim_offsets", true)
        .put("use_regex", splits);
  }

  private static ObjectNode wordLevel(List<String> entries) {
    ObjectNode model = MAPPER.createObjectNode().put("type", "WordLevel");
    ObjectNode vocabulary = model.putObject("vocab");
    vocabulary.put(Tokenizers.END_OF_TEXT, 0).put(Tokenizers.UNKNOWN, 1);
    entries.forEach(entry -> vocabulary.put(entry, vocabulary.size()));
    return model.put("unk_token", Tokenizers.UNKNOWN);
  }

  private static byte[] bytes(ObjectNode root) {
    DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter().withObjectIndenter(indenter).withArrayIndenter(indenter);
    try {
      return (MAPPER.writer(printer).writeValueAsString(root) + "\n")
          .getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree is always JSON", e);
    }
  }
}
