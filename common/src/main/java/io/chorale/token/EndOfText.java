package io.chorale.token;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.SettingsException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Finds the token that ends a document in vocabularies of any origin. */
final class EndOfText {

  /**
   * The key by which an added token says that it ends a text. Other clients of a tokenizer.json
   * read over it there.
   */
  static final String MARK = "end_of_text";

  /** What the usual tokenizers call it, the likeliest first. */
  private static final List<String> NAMES =
      List.of(
          Tokenizers.END_OF_TEXT,
          "<|end_of_text|>",
          "</s>",
          "<eos>",
          "[EOS]",
          "<|eos|>",
          "<EOS>",
          "<|END_OF_TURN_TOKEN|>",
          "<end_of_text>",
          "[SEP]",
          "<sep>");

  private static final int SHOWN = 10;

  private EndOfText() {}

  /**
   * The id of the token: the one that the file marks, a control token of one of the names, or else
   * any entry of such a name.
   *
   * @throws SettingsException where there is none
   */
  static int of(TokenizerFile file) {
    List<Integer> marked =
        file.added().stream()
            .filter(TokenizerFile.Added::endsText)
            .map(TokenizerFile.Added::id)
            .distinct()
            .toList();
    if (marked.size() > 1) {
      throw file.damaged(marked.size() + " tokens that end a text", "one");
    } else if (marked.size() == 1) {
      return marked.get(0);
    }
    for (String name : NAMES) {
      Optional<TokenizerFile.Added> added =
          file.added().stream().filter(a -> a.special() && a.content().equals(name)).findFirst();
      if (added.isPresent()) {
        return added.get().id();
      }
    }
    for (String name : NAMES) {
      Integer id = file.vocabulary().get(name);
      if (id != null) {
        return id;
      }
    }
    throw new SettingsException(
        "Cannot read tokenizer %s: no token that ends a text was found, expected one of %s. Set tokenizer.end-of-text to the token that does; %s."
            .formatted(file.name(), String.join(" ", NAMES), candidates(file)));
  }

  /**
   * The bytes of a tokenizer.json in which a token is marked as the one that ends a text; text that
   * spells it does not give it any more.
   *
   * @param token an added token of the file, or an entry of its vocabulary
   * @throws SettingsException where it is neither
   */
  static byte[] mark(TokenizerFile file, String token) {
    ObjectNode root = file.copy();
    ArrayNode added = root.withArray("added_tokens");
    ObjectNode marked = null;
    for (int i = 0; i < added.size(); i++) {
      ObjectNode entry = (ObjectNode) added.get(i);
      entry.remove(MARK);
      marked = entry.path("content").asText().equals(token) ? entry : marked;
    }
    if (marked == null) {
      Integer id = file.vocabulary().get(token);
      if (id == null) {
        throw new SettingsException(
            "tokenizer.end-of-text must be a token of %s; %s (got: %s)"
                .formatted(file.name(), candidates(file), token));
      }
      marked = added.addObject().put("id", id).put("content", token).put("single_word", false);
      marked.put("lstrip", false).put("rstrip", false).put("normalized", false);
      marked.put("special", true);
    }
    marked.put(MARK, true);
    return root.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** The file's own control tokens, the likeliest first. */
  private static String candidates(TokenizerFile file) {
    List<String> tokens =
        file.added().stream()
            .filter(TokenizerFile.Added::special)
            .map(a -> TokenizerFile.brief(a.content(), 40))
            .sorted((a, b) -> Boolean.compare(soundsLikeIt(b), soundsLikeIt(a)))
            .toList();
    if (tokens.isEmpty()) {
      return "it names no control tokens";
    }
    String shown = String.join(" ", tokens.subList(0, Math.min(SHOWN, tokens.size())));
    return "its control tokens are " + shown + (tokens.size() > SHOWN ? " and others" : "");
  }

  private static boolean soundsLikeIt(String token) {
    String lower = token.toLowerCase(Locale.ROOT);
    return lower.contains("end") || lower.contains("eo") || lower.contains("/s");
  }
}
