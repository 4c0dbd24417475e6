package io.chorale.generate;

import io.chorale.data.Values;

/** A model that writes a text for a source: another text, or a vector. */
public interface SourceModel extends AutoCloseable {
  /**
   * The model as a writer for some sources, which it reads here, once; what it is made to read
   * begins with {@link #begin}.
   *
   * @param sources a cell for each; of ids, with the end-of-text id last, the first {@link
   *     #context} are read
   */
  ConditionedNextToken of(Values sources);

  /** What stands before the first token of a text; never comes next. */
  int begin();

  /** Tokens of the longest text, and of the longest source. */
  int context();

  @Override
  void close();
}
