package io.chorale.token;

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
   * The text of ids. Control tokens give nothing; bytes that are not UTF-8 give U+FFFD.
   *
   * @throws io.chorale.config.ChoraleException where an id is not of this vocabulary
   */
  String decode(int[] ids);

  /**
   * What one id adds to running text, as UTF-8: perhaps only a part of a character. A word that is
   * written with a blank before it (kinds that split at white space) begins with that blank; a
   * control token gives no bytes.
   *
   * @throws io.chorale.config.ChoraleException where the id is not of this vocabulary
   */
  byte[] bytes(int id);

  /** One more than the largest id: the rows that an embedding needs. */
  int vocabularySize();

  /** The id that ends every document. */
  int endOfText();
}
