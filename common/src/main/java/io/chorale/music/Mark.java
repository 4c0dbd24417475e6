package io.chorale.music;

import java.util.Set;

/** A symbol in the body of a tune, as it is written: repeats are not played out yet. */
sealed interface Mark {
  /**
   * A note or rest.
   *
   * @param pitch as of {@link Note}
   * @param length in whole notes
   * @param tied whether it goes on into the next note, if that has its pitch
   * @param quartersPerMinute the tempo where it is written
   */
  record Sound(int pitch, Fraction length, boolean tied, double quartersPerMinute) implements Mark {
    /** The same at that many times its length. */
    Sound times(Fraction factor) {
      return new Sound(pitch, length.times(factor), tied, quartersPerMinute);
    }
  }

  /**
   * A bar line.
   *
   * @param back how often what is before it is played again
   * @param begins whether a part begins here that a later one goes back to
   * @param ends whether it is a double bar line: {@code ||} or {@code |]}
   */
  record Bar(int back, boolean begins, boolean ends) implements Mark {}

  /**
   * The begin of a part that is played only in some of the turns: {@code [1}.
   *
   * @param turns from 1
   */
  record Ending(Set<Integer> turns) implements Mark {}
}
