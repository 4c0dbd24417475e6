package io.chorale.token;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Small files of every kind of model, in which tests change what they are about. */
final class TokenizerJson {
  private static final JsonMapper MAPPER = new JsonMapper();

  static final String UNIGRAM =
      """
      {"type": "Unigram", "unk_id": 0, "byte_fallback": false,
       "vocab": [["<unk>", 0.0], ["</s>", 0.0], ["▁", -3.0], ["a", -4.0], ["b", -4.2],
                 ["▁ab", -2.5], ["x", -5.0]]}""";

  static final String WORD_PIECE =
      """
      {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
       "max_input_chars_per_word": 100,
       "vocab": {"[UNK]": 0, "[SEP]": 1, "a": 2, "##b": 3, "x": 4}}""";

  static final String WORD_LEVEL =
      """
      {"type": "WordLevel", "unk_token": "<unk>", "vocab": {"<unk>": 0, "</s>": 1, "a": 2}}""";

  private TokenizerJson() {}

  /** A byte-level bpe of some merges. */
  static String bytePairs() {
    StringBuilder vocabulary = new StringBuilder("\"</s>\": 0");
    for (int b = 0; b < 256; b++) {
      String c =
          String.valueOf(ByteAlphabet.character(b)).replace("\\", "\\\\").replace("\"", "\\\"");
      vocabulary.append(", \"").append(c).append("\": ").append(b + 1);
    }
    return """
        {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
         "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false,
         "ignore_merges": false, "vocab": {%s, "ab": 257, "aab": 258},
         "merges": [["a", "b"], ["a", "ab"]]}"""
        .formatted(vocabulary);
  }

  /** A file with a model and nothing else. */
  static ObjectNode of(String model) {
    ObjectNode root = MAPPER.createObjectNode().put("version", "1.0");
    root.putNull("truncation").putNull("padding").putArray("added_tokens");
    root.putNull("normalizer").putNull("pre_tokenizer").putNull("post_processor");
    root.putNull("decoder").set("model", json(model));
    return root;
  }

  /** A component; single quotes stand for double ones. */
  static JsonNode step(String value) {
    return json(value.replace('\'', '"'));
  }

  private static JsonNode json(String value) {
    try {
      return MAPPER.readTree(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(value, e);
    }
  }

  /** Puts an added token last. */
  static ObjectNode add(ObjectNode root, int id, String content, boolean special) {
    ObjectNode token = root.withArray("added_tokens").addObject().put("id", id);
    token.put("content", content).put("single_word", false).put("lstrip", false);
    token.put("rstrip", false).put("normalized", false).put("special", special);
    return root;
  }

  static byte[] bytes(ObjectNode root) {
    return root.toString().getBytes(StandardCharsets.UTF_8);
  }

  static Tokenizer load(ObjectNode root) {
    return Tokenizers.load(bytes(root), "test");
  }

  /** A file with a model that was changed. */
  static ObjectNode with(String model, Consumer<ObjectNode> change) {
    ObjectNode root = of(model);
    change.accept((ObjectNode) root.get("model"));
    return root;
  }
}
