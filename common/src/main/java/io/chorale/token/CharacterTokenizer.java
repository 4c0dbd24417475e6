package io.chorale.token;

import com.fasterxml.jackson.databind.JsonNode;
import io.chorale.config.TokenizerSettings;
import java.util.Arrays;
import java.util.Optional;

/** An id for every character (code point), from a table. */
final class CharacterTokenizer extends FileTokenizer {
  private final int[] ids; // by code point
  private final int unknown;

  private CharacterTokenizer(TokenizerFile file, int unknown) {
    super(file);
    this.unknown = unknown;
    int largest =
        file.vocabulary().keySet().stream()
            .filter(CharacterTokenizer::isCharacter)
            .mapToInt(entry -> entry.codePointAt(0))
            .max()
            .orElse(0);
    ids = new int[largest + 1];
    Arrays.fill(ids, unknown);
    file.vocabulary()
        .forEach(
            (entry, id) -> {
              if (isCharacter(entry)) {
                ids[entry.codePointAt(0)] = id;
              }
            });
  }

  private static boolean isCharacter(String entry) {
    return entry.codePointCount(0, entry.length()) == 1;
  }

  /** The tokenizer, if the file is of the form that {@link TokenizerWriter#characters} writes. */
  static Optional<Tokenizer> of(TokenizerFile file) {
    JsonNode split = file.at("pre_tokenizer");
    return TokenizerFile.isSplit(split, TokenizerWriter.EVERY_CHARACTER, "Isolated")
            && file.at("decoder").path("type").asText().equals("Fuse")
        ? WordTokenizer.unknown(file).map(unknown -> new CharacterTokenizer(file, unknown))
        : Optional.empty();
  }

  @Override
  public Optional<TokenizerSettings.Kind> kind() {
    return Optional.of(TokenizerSettings.Kind.CHARACTERS);
  }

  @Override
  public int[] encode(String text) {
    return WellFormed.of(text)
        .codePoints()
        .map(character -> character < ids.length ? ids[character] : unknown)
        .toArray();
  }
}
