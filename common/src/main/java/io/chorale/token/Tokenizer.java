package io.chorale.token;

import io.chorale.config.TokenizerSettings;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;

/** Text to ids and back. Implementations are immutable and may be shared by threads. */
public interface Tokenizer {

  /**
   * The ids of a text, without an end-of-text id.
   *
   * <p>All of the text is ordinary text: one that spells a control token, such as {@code
   * <|endoftext|>}, gives the ids of its characters, never that of the control token. An unpaired
   * surrogate is read as U+FFFD.
   */
  int[] encode(String text);

  /**
   * As {@link #encode}, of a text that stands behind others, such as a control token: without the
   * blank that some tokenizers put before the first text alone.
   */
  default int[] encodeBehind(String text) {
    return encode(text);
  }

  /**
   * The text of ids. Control tokens give nothing; bytes that are not UTF-8 give U+FFFD. What an id
   * adds may depend on those around it: see {@link #decoder}.
   *
   * @throws io.chorale.config.ChoraleException where an id is not of this vocabulary
   */
  String decode(int[] ids);

  /** Decodes one more text, id by id. */
  TextDecoder decoder();

  /** Whether there is an entry of this id: ids may have holes. */
  boolean has(int id);

  /** One more than the largest id: the rows that an embedding needs. */
  int vocabularySize();

  /**
   * Gives the id of a word as it stands, be there white space in it; nothing where ids are not
   * those of whole words.
   */
  default Optional<ToIntFunction<String>> words() {
    return Optional.empty();
  }

  /** The id of every word that is in no entry; nothing where ids are not those of whole words. */
  default OptionalInt unknown() {
    return OptionalInt.empty();
  }

  /** The id that ends every document. */
  int endOfText();

  /**
   * The ids that the tokenizer.json puts before a text, as the other clients of a published model
   * read it; mostly none. {@link #encode} leaves them out.
   *
   * @throws io.chorale.config.ChoraleException where one is not of this vocabulary
   */
  default int[] beginOfText() {
    return new int[0];
  }

  /** The tokens that no text gives, each by what it spells. */
  default List<ControlToken> controlTokens() {
    return List.of();
  }

  /** How conversations are written for the model, where the tokenizer says so. */
  default Optional<ChatTemplate> chatTemplate() {
    return Optional.empty();
  }

  /** How it cuts a text, where that is one of the ways that Chorale trains. */
  default Optional<TokenizerSettings.Kind> kind() {
    return Optional.empty();
  }

  /** Ids with {@link #beginOfText} before them, as published models read a text. */
  default int[] begun(int[] ids) {
    return IntStream.concat(IntStream.of(beginOfText()), IntStream.of(ids)).toArray();
  }

  /** Ids with the end-of-text id behind them, as rows of a dataset have them. */
  default int[] ended(int[] ids) {
    int[] ended = Arrays.copyOf(ids, ids.length + 1);
    ended[ids.length] = endOfText();
    return ended;
  }
}
