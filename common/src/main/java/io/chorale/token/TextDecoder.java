package io.chorale.token;

/**
 * Decodes one text id by id. What {@link #add} and, at last, {@link #end} give is, one after the
 * other, what {@link Tokenizer#decode} gives for all ids. Not for more than one thread at a time.
 */
public interface TextDecoder {

  /**
   * Takes the next id.
   *
   * @return the text that is sure now, whatever follows; often empty, always whole characters
   * @throws io.chorale.config.ChoraleException where the id is not of the vocabulary
   */
  String add(int id);

  /** The rest of the text, after which nothing is added. */
  String end();
}
