package io.chorale.music;

/**
 * A note or a rest of a tune.
 *
 * @param pitch as MIDI numbers it: 60 is the middle C; {@link #REST} for silence
 * @param begin of the tune's begin, in whole notes
 * @param length in whole notes
 */
record Note(int pitch, Fraction begin, Fraction length) {
  /** The pitch of silence. */
  static final int REST = -1;

  /** The highest pitch that MIDI has; the lowest is 0. */
  static final int HIGHEST = 127;
}
