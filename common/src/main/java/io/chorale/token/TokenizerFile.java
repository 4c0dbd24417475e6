package io.chorale.token;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.ChoraleException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a tokenizer.json says, checked as far as every kind of tokenizer needs it. */
final class TokenizerFile {

  // A larger id means an embedding that no model has, and so a damaged file.
  private static final int LARGEST_ID = 1 << 24;

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** An entry beside the model's vocabulary; {@code special} ones are control tokens. */
  record Added(int id, String content, boolean special) {}

  private final String name;
  private final ObjectNode root;
  private final Map<String, Integer> vocabulary;
  private final List<Added> added;

  private TokenizerFile(String name, ObjectNode root) {
    this.name = name;
    this.root = root;
    this.vocabulary = readVocabulary(model().path("vocab"));
    this.added = readAdded(root.path("added_tokens"));
  }

  /**
   * Reads a tokenizer.json.
   *
   * @throws ChoraleException where the bytes are not one
   */
  static TokenizerFile read(byte[] json, String name) {
    try {
      if (MAPPER.readTree(json) instanceof ObjectNode root) {
        return new TokenizerFile(name, root);
      }
      throw damaged(name, "no JSON object", "a tokenizer.json");
    } catch (JsonProcessingException e) {
      throw damaged(name, "no JSON (" + describe(e) + ")", "a tokenizer.json");
    } catch (IOException e) {
      throw damaged(name, "no JSON (" + e.getMessage() + ")", "a tokenizer.json");
    }
  }

  private static String describe(JsonProcessingException e) {
    String where =
        e.getLocation() == null
            ? ""
            : " at line "
                + e.getLocation().getLineNr()
                + ", column "
                + e.getLocation().getColumnNr();
    String what = e.getOriginalMessage();
    return (what.length() > 200 ? what.substring(0, 200) + " ..." : what) + where;
  }

  /** The error for a file that is not what it should be. */
  ChoraleException damaged(String found, String expected) {
    return damaged(name, found, expected);
  }

  private static ChoraleException damaged(String name, String found, String expected) {
    return new ChoraleException(
        "Cannot read tokenizer "
            + name
            + ": "
            + found
            + " was found, expected "
            + expected
            + ". Take the file anew from where it came, or train a tokenizer.");
  }

  String name() {
    return name;
  }

  JsonNode at(String key) {
    return root.path(key);
  }

  JsonNode model() {
    return root.path("model");
  }

  /** The model's entries and their ids. */
  Map<String, Integer> vocabulary() {
    return vocabulary;
  }

  List<Added> added() {
    return added;
  }

  /** One more than the largest id. */
  int size() {
    int model = vocabulary.values().stream().mapToInt(id -> id).max().orElse(-1);
    return Math.max(model, added.stream().mapToInt(Added::id).max().orElse(-1)) + 1;
  }

  /** Every entry by its id; null where an id is not used. */
  String[] entries() {
    String[] entries = new String[size()];
    vocabulary.forEach((entry, id) -> entries[id] = entry);
    added.forEach(a -> entries[a.id()] = a.content());
    return entries;
  }

  /** The file as it was, but neither cutting nor padding what is encoded. */
  String withoutTruncationAndPadding() {
    ObjectNode copy = root.deepCopy();
    copy.putNull("truncation");
    copy.putNull("padding");
    return copy.toString();
  }

  /** Whether a pre-tokenizer is just a split at a regular expression. */
  static boolean isSplit(JsonNode node, String regex, String behavior) {
    return node.path("type").asText().equals("Split")
        && node.path("pattern").path("Regex").asText().equals(regex)
        && node.path("behavior").asText().equals(behavior)
        && !node.path("invert").asBoolean();
  }

  private Map<String, Integer> readVocabulary(JsonNode node) {
    Map<String, Integer> ids = new HashMap<>();
    if (node.isObject()) {
      Set<Integer> seen = new HashSet<>();
      node.properties()
          .forEach(
              entry -> {
                int id = id(entry.getValue(), entry.getKey());
                if (!seen.add(id)) {
                  throw damaged("the id " + id + " twice", "an id for each entry");
                }
                ids.put(entry.getKey(), id);
              });
    } else if (node.isArray()) {
      // Unigram: pairs of a piece and its score, in the order of the ids.
      for (JsonNode piece : node) {
        if (!piece.path(0).isTextual() || !piece.path(1).isNumber()) {
          throw damaged("a piece " + brief(piece), "a piece and its score");
        }
        ids.putIfAbsent(piece.get(0).textValue(), ids.size());
      }
    }
    if (ids.isEmpty()) {
      throw damaged("no model.vocab", "the entries of the vocabulary");
    }
    return ids;
  }

  private List<Added> readAdded(JsonNode node) {
    List<Added> list = new ArrayList<>();
    for (JsonNode token : node) {
      String content = token.path("content").asText();
      if (content.isEmpty()) {
        throw damaged("an added token " + brief(token), "its content and id");
      }
      int id = id(token.path("id"), content);
      if (vocabulary.getOrDefault(content, id) != id) {
        throw damaged("two ids of the token " + content, "one");
      }
      list.add(new Added(id, content, token.path("special").asBoolean()));
    }
    return list;
  }

  private int id(JsonNode node, String entry) {
    if (!node.isInt() || node.intValue() < 0 || node.intValue() >= LARGEST_ID) {
      throw damaged(
          "the id " + brief(node) + " of " + entry, "a number from 0 to " + (LARGEST_ID - 1));
    }
    return node.intValue();
  }

  private static String brief(JsonNode node) {
    String text = node.isMissingNode() ? "nothing" : node.toString();
    return text.length() > 80 ? text.substring(0, 80) + " ..." : text;
  }
}
