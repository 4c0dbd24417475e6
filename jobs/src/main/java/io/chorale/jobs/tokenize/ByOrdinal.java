package io.chorale.jobs.tokenize;

import java.util.Collections;
import java.util.Iterator;
import java.util.Optional;
import java.util.function.ToIntFunction;

/**
 * What is known of some documents of a part, asked for in the order of all of them.
 *
 * @param <T> what is known of a document
 */
final class ByOrdinal<T> {
  private final Iterator<T> all;
  private final ToIntFunction<T> ordinal;
  private Optional<T> next = Optional.empty();

  /**
   * The documents of which something is known.
   *
   * @param ordinal the place of each among the documents of the part, ascending
   */
  ByOrdinal(Iterator<T> all, ToIntFunction<T> ordinal) {
    this.all = all;
    this.ordinal = ordinal;
    step();
  }

  /** Nothing is known of any. */
  static <T> ByOrdinal<T> none() {
    return new ByOrdinal<>(Collections.emptyIterator(), one -> 0);
  }

  private void step() {
    next = all.hasNext() ? Optional.of(all.next()) : Optional.empty();
  }

  /** What is known of a document, by its place. */
  Optional<T> of(int place) {
    Optional<T> here = next.filter(one -> ordinal.applyAsInt(one) == place);
    here.ifPresent(one -> step());
    return here;
  }
}
