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
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The content of a tokenizer.json, checked as far as every kind of tokenizer needs it.
 *
 * <p>Its ids are those of Hugging Face's tokenizers. A list of pieces numbers them by their places;
 * where a piece comes twice, text gives the last. Tokens that are added to the vocabulary get the
 * next number there, whatever id the file has: a file in which that is another one is refused.
 */
final class TokenizerFile {

  // A larger id means an embedding that no model has, and so a damaged file.
  private static final int LARGEST_ID = 1 << 24;

  // That library compares each with all before it.
  private static final int MOST_ADDED = 1 << 16;

  // Text that spells a token is encoded again without the token, up to once for each character.
  private static final int LONGEST_ADDED = 1000;

  private static final int BRIEF = 80;

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /**
   * An entry beside the model's vocabulary.
   *
   * @param special whether it is a control token
   * @param lstrip whether it takes the white space before it along
   * @param rstrip whether it takes the white space behind it along
   * @param normalized whether it is looked for in text that the normalizer has changed
   * @param endsText whether the file says that it ends a text: see {@link EndOfText}
   */
  record Added(
      int id,
      String content,
      boolean special,
      boolean lstrip,
      boolean rstrip,
      boolean normalized,
      boolean endsText) {}

  private final String name;
  private final ObjectNode root;
  private final Map<String, Integer> vocabulary = new HashMap<>();
  private final List<Added> added;
  private final int modelSize;
  private final String[] entries;

  private TokenizerFile(String name, ObjectNode root) {
    this.name = name;
    this.root = root;
    String[] pieces = readVocabulary(model().path("vocab"));
    this.modelSize = model().path("vocab").size();
    this.added = readAdded(root.path("added_tokens"));
    int size = added.stream().mapToInt(a -> a.id() + 1).max().orElse(0);
    this.entries = Arrays.copyOf(pieces, Math.max(size, pieces.length));
    added.forEach(a -> entries[a.id()] = a.content());
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
    return brief(e.getOriginalMessage(), 200) + where;
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

  /** Every entry by its id; null where an id is not used. */
  String[] entries() {
    return entries.clone();
  }

  /** The id of what the model does not know, where it names one that it has. */
  OptionalInt unknown() {
    JsonNode place = model().path("unk_id");
    if (place.isInt()) {
      return place.intValue() >= 0 && place.intValue() < modelSize
          ? OptionalInt.of(place.intValue())
          : OptionalInt.empty();
    }
    Integer id = vocabulary.get(model().path("unk_token").asText());
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /** The file as it was, to be changed. */
  ObjectNode copy() {
    return root.deepCopy();
  }

  /** Whether a pre-tokenizer is just a split at a regular expression. */
  static boolean isSplit(JsonNode node, String regex, String behavior) {
    return node.path("type").asText().equals("Split")
        && node.path("pattern").path("Regex").asText().equals(regex)
        && node.path("behavior").asText().equals(behavior)
        && !node.path("invert").asBoolean();
  }

  /** Fills the vocabulary; the entries by their ids. */
  private String[] readVocabulary(JsonNode node) {
    String[] pieces = new String[0];
    if (node.isObject()) {
      for (Map.Entry<String, JsonNode> entry : node.properties()) {
        checkText(entry.getKey());
        int id = id(entry.getValue(), entry.getKey());
        if (id >= pieces.length) {
          pieces = Arrays.copyOf(pieces, Math.max(id + 1, 2 * pieces.length));
        }
        if (pieces[id] != null) {
          throw damaged("the id " + id + " twice", "an id for each entry");
        }
        pieces[id] = entry.getKey();
        vocabulary.put(entry.getKey(), id);
      }
    } else if (node.isArray()) {
      // Unigram: pairs of a piece and its score, in the order of the ids.
      pieces = new String[node.size()];
      for (int id = 0; id < pieces.length; id++) {
        JsonNode piece = node.get(id);
        if (piece.size() != 2 || !piece.path(0).isTextual() || !piece.path(1).isNumber()) {
          throw damaged("a piece " + brief(piece), "a piece and its score");
        }
        pieces[id] = checkText(piece.get(0).textValue());
        vocabulary.put(pieces[id], id);
      }
    }
    if (vocabulary.isEmpty()) {
      throw damaged("no model.vocab", "the entries of the vocabulary");
    }
    int size = pieces.length;
    while (pieces[size - 1] == null) {
      size--;
    }
    return Arrays.copyOf(pieces, size);
  }

  private List<Added> readAdded(JsonNode node) {
    if (node.size() > MOST_ADDED) {
      throw damaged(node.size() + " added tokens", "at most " + MOST_ADDED);
    }
    List<Added> list = new ArrayList<>();
    Map<String, Integer> known = new HashMap<>();
    int last = -1;
    for (JsonNode token : node) {
      String content = checkText(token.path("content").asText());
      if (content.isEmpty() || content.length() > LONGEST_ADDED) {
        throw damaged("an added token " + brief(token), "its content and id");
      }
      int id = id(token.path("id"), content);
      if (vocabulary.getOrDefault(content, id) != id || known.getOrDefault(content, id) != id) {
        throw damaged("two ids of the token " + brief(content, BRIEF), "one");
      }
      int next = Math.max(modelSize, last + 1);
      if (!vocabulary.containsKey(content) && !known.containsKey(content) && id != next) {
        throw damaged(
            "the id %d of the added token %s".formatted(id, brief(content, BRIEF)),
            next + ", the one that Hugging Face's tokenizers give it");
      }
      known.put(content, id);
      last = Math.max(last, id);
      list.add(
          new Added(
              id,
              content,
              token.path("special").asBoolean(),
              token.path("lstrip").asBoolean(),
              token.path("rstrip").asBoolean(),
              token.path("normalized").asBoolean(true),
              token.path(EndOfText.MARK).asBoolean()));
    }
    return list;
  }

  private int id(JsonNode node, String entry) {
    if (!node.isInt() || node.intValue() < 0 || node.intValue() >= LARGEST_ID) {
      throw damaged(
          "the id " + brief(node) + " of " + brief(entry, BRIEF),
          "a number from 0 to " + (LARGEST_ID - 1));
    }
    return node.intValue();
  }

  private String checkText(String entry) {
    if (!WellFormed.is(entry)) {
      throw damaged("half of a surrogate pair in the entry " + brief(entry, BRIEF), "Unicode");
    }
    return entry;
  }

  /** The beginning of a value, for messages. */
  static String brief(JsonNode node) {
    // A string is cut first: what it spells may be megabytes.
    return node.isTextual()
        ? '"' + brief(node.textValue(), BRIEF) + '"'
        : brief(node.isMissingNode() ? "nothing" : node.toString(), BRIEF);
  }

  /** At most so many characters of a text, for messages. */
  static String brief(String text, int most) {
    return text.length() > most ? text.substring(0, most) + " ..." : text;
  }
}
