package io.chorale.generate;

/** A model that writes a text for another one, its source. */
public interface SourceModel extends AutoCloseable {
  /**
   * The model as a writer for a source, which it reads here, once; what it is made to read begins
   * with {@link #begin}.
   *
   * @param source ids, the end-of-text id last; of more than {@link #context} the first ones are
   *     read
   */
  NextToken of(int[] source);

  /** What stands before the first token of a text; never comes next. */
  int begin();

  /** Tokens of the longest text, and of the longest source. */
  int context();

  @Override
  void close();
}
