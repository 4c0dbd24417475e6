package io.chorale.token;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What Chorale adds to a tokenizer.json: control tokens, and a template for conversations. */
final class Additions {
  /**
   * The key of a template, in the entry of the token that ends a text. Other clients of a
   * tokenizer.json read over it there, where they refuse one beside the others at its top.
   */
  static final String TEMPLATE = "chat_template";

  private static final String ADDED = "added_tokens";
  private static final String SOURCE = "template";
  private static final String TOKENS = "tokens";
  private static final String DATE = "date";

  private Additions() {}

  /**
   * The bytes of a tokenizer.json that has these control tokens, those that it has not yet behind
   * all others.
   */
  static byte[] withControl(byte[] json, List<String> tokens, String name) {
    TokenizerFile file = TokenizerFile.read(json, name);
    ObjectNode root = file.copy();
    ArrayNode added = root.withArray(ADDED);
    int next = file.entries().length;
    for (String token : tokens) {
      Optional<TokenizerFile.Added> known =
          file.added().stream().filter(one -> one.content().equals(token)).findFirst();
      if (known.isEmpty()) {
        Integer id = file.vocabulary().get(token);
        ObjectNode entry = added.addObject().put("id", id == null ? next++ : id);
        entry.put("content", token).put("single_word", false).put("lstrip", false);
        entry.put("rstrip", false).put("normalized", false).put("special", true);
      } else if (!known.get().special()) {
        entry(added, known.get().id()).put("special", true);
      }
    }
    return bytes(root);
  }

  /**
   * Whether a file gives every text the ids of another one: it differs by what is added here, and
   * by the mark of the token that ends a text.
   */
  static boolean extend(TokenizerFile file, TokenizerFile original) {
    ObjectNode ours = file.copy();
    ObjectNode theirs = original.copy();
    int entries = original.entries().length;
    boolean same =
        Arrays.asList(file.entries())
                .subList(0, Math.min(entries, file.entries().length))
                .equals(Arrays.asList(original.entries()))
            && added(ours, theirs).equals(added(theirs, theirs));
    ours.remove(ADDED);
    theirs.remove(ADDED);
    return same && ours.equals(theirs);
  }

  /**
   * The added tokens as they stand in a text, without those that can only be spelled by templates.
   */
  private static Map<String, JsonNode> added(ObjectNode root, ObjectNode original) {
    Set<String> known = new TreeSet<>();
    original.path(ADDED).forEach(entry -> known.add(entry.path("content").asText()));
    Map<String, JsonNode> added = new TreeMap<>();
    for (JsonNode entry : root.path(ADDED)) {
      String content = entry.path("content").asText();
      if (known.contains(content) || !entry.path("special").asBoolean()) {
        ObjectNode plain = entry.deepCopy();
        plain.remove(List.of(TEMPLATE, EndOfText.MARK));
        added.put(content, plain);
      }
    }
    return added;
  }

  private static ObjectNode entry(ArrayNode added, int id) {
    for (JsonNode entry : added) {
      if (entry.path("id").asInt() == id) {
        return (ObjectNode) entry;
      }
    }
    throw new IllegalArgumentException("no added token with the id " + id);
  }

  /** The bytes of a tokenizer.json with a template. */
  static byte[] withTemplate(byte[] json, ChatTemplate template, String name) {
    TokenizerFile given = TokenizerFile.read(json, name);
    int end = EndOfText.of(given);
    boolean added = given.added().stream().anyMatch(one -> one.id() == end);
    // An entry of the vocabulary alone has no place for it.
    TokenizerFile file =
        added ? given : TokenizerFile.read(EndOfText.mark(given, given.entries()[end]), name);
    ObjectNode root = file.copy();
    ObjectNode entry = entry(root.withArray(ADDED), end);
    entry.remove(TEMPLATE);
    ObjectNode kept = entry.putObject(TEMPLATE);
    ObjectNode tokens = kept.put(SOURCE, template.source()).putObject(TOKENS);
    template.tokens().forEach(tokens::put);
    kept.put(DATE, template.date());
    return bytes(root);
  }

  /** The bytes of a tokenizer.json without its template; the same where it has none. */
  static byte[] withoutTemplate(byte[] json, String name) {
    TokenizerFile file = TokenizerFile.read(json, name);
    if (template(file).isEmpty()) {
      return json;
    }
    ObjectNode root = file.copy();
    root.path(ADDED).forEach(entry -> ((ObjectNode) entry).remove(TEMPLATE));
    return bytes(root);
  }

  /** The template that a tokenizer.json has. */
  static Optional<ChatTemplate> template(TokenizerFile file) {
    for (JsonNode entry : file.at(ADDED)) {
      JsonNode kept = entry.path(TEMPLATE);
      if (kept.isObject()) {
        Map<String, String> tokens = new TreeMap<>();
        kept.path(TOKENS)
            .properties()
            .forEach(one -> tokens.put(one.getKey(), one.getValue().asText()));
        return Optional.of(
            new ChatTemplate(kept.path(SOURCE).asText(), tokens, kept.path(DATE).asText()));
      }
    }
    return Optional.empty();
  }

  private static byte[] bytes(ObjectNode root) {
    return root.toString().getBytes(StandardCharsets.UTF_8);
  }
}
