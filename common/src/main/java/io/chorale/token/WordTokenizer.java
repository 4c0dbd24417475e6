package io.chorale.token;

import io.chorale.config.TokenizerSettings;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;

/** An id for every word between white space, from a table; white space itself is not kept. */
final class WordTokenizer extends FileTokenizer {
  private final Map<String, Integer> ids;
  private final int unknown;

  private WordTokenizer(TokenizerFile file, int unknown) {
    super(file);
    this.ids = file.vocabulary();
    this.unknown = unknown;
  }

  /** The tokenizer, if the file is of the form that {@link TokenizerWriter#words} writes. */
  static Optional<Tokenizer> of(TokenizerFile file) {
    return TokenizerFile.isSplit(file.at("pre_tokenizer"), TokenizerWriter.WHITE_SPACE, "Removed")
            && file.at("decoder").isNull()
        ? unknown(file).map(unknown -> new WordTokenizer(file, unknown))
        : Optional.empty();
  }

  /**
   * The id of unknown text, if the file looks entries up as they are and has no other token beside
   * them than its end-of-text one.
   */
  static Optional<Integer> unknown(TokenizerFile file) {
    boolean plain =
        file.model().path("type").asText().equals("WordLevel")
            && file.at("normalizer").isNull()
            && file.added().size() == 1
            && file.added().get(0).special();
    String unknown = file.model().path("unk_token").asText();
    return plain ? Optional.ofNullable(file.vocabulary().get(unknown)) : Optional.empty();
  }

  @Override
  public Optional<TokenizerSettings.Kind> kind() {
    return Optional.of(TokenizerSettings.Kind.WORDS);
  }

  @Override
  public int[] encode(String text) {
    IntStream.Builder found = IntStream.builder();
    PreTokenizer.words().split(text, word -> found.add(id(word)));
    return found.build().toArray();
  }

  @Override
  public Optional<ToIntFunction<String>> words() {
    return Optional.of(this::id);
  }

  @Override
  public OptionalInt unknown() {
    return OptionalInt.of(unknown);
  }

  private int id(String word) {
    int id = ids.getOrDefault(word, unknown);
    return id == endOfText() ? unknown : id;
  }
}
