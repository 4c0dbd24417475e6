package io.chorale.token;

import java.util.List;
import java.util.Optional;

/** Finds the token that ends a document in vocabularies of any origin. */
final class EndOfText {

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

  private EndOfText() {}

  /**
   * The id of the token: a control token of one of the names, or else any entry of such a name.
   *
   * @throws io.chorale.config.ChoraleException where there is none
   */
  static int of(TokenizerFile file) {
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
    throw file.damaged("no end-of-text token", "one of " + String.join(" ", NAMES));
  }
}
