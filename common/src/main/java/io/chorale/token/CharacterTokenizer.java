package io.chorale.token;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** An id for every character (code point), from a table. */
final class CharacterTokenizer implements Tokenizer {
  private final Vocabulary vocabulary;
  private final int[] ids; // by code point
  private final int unknown;
  private final int endOfText;

  private CharacterTokenizer(TokenizerFile file, int unknown) {
    this.unknown = unknown;
    this.endOfText = EndOfText.of(file);
    String[] entries = file.entries();
    byte[][] pieces = new byte[entries.length][];
    int largest = 0;
    for (int id = 0; id < entries.length; id++) {
      if (entries[id] != null) {
        String text = id == endOfText ? "" : entries[id];
        pieces[id] = text.getBytes(StandardCharsets.UTF_8);
        largest = isCharacter(text) ? Math.max(largest, text.codePointAt(0)) : largest;
      }
    }
    ids = new int[largest + 1];
    Arrays.fill(ids, unknown);
    file.vocabulary()
        .forEach(
            (entry, id) -> {
              if (isCharacter(entry)) {
                ids[entry.codePointAt(0)] = id;
              }
            });
    vocabulary = new Vocabulary(file.name(), pieces);
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
  public int[] encode(String text) {
    return WellFormed.of(text)
        .codePoints()
        .map(character -> character < ids.length ? ids[character] : unknown)
        .toArray();
  }

  @Override
  public String decode(int[] text) {
    return vocabulary.text(text);
  }

  @Override
  public byte[] bytes(int id) {
    return vocabulary.piece(id).clone();
  }

  @Override
  public int vocabularySize() {
    return vocabulary.size();
  }

  @Override
  public int endOfText() {
    return endOfText;
  }
}
