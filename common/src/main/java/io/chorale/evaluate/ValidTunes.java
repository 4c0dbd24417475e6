package io.chorale.evaluate;

import io.chorale.config.ChoraleException;
import io.chorale.config.GenerateSettings;
import io.chorale.generate.TextGenerator;
import io.chorale.music.AbcTune;
import io.chorale.music.MidiFile;
import io.chorale.random.SplitMix64;

/** Measures how many of the tunes in ABC notation that a language model writes are valid. */
public final class ValidTunes {
  /** The name of the measure. */
  public static final String NAME = "valid_tunes";

  /** A tune begins with its number and ends at a blank line. */
  private static final String BEGIN = "X:";

  private static final String END = "\n\n";

  private ValidTunes() {}

  /**
   * The share of tunes that can be written as MIDI, of those that are drawn from a model: each from
   * its number to a blank line or the most tokens.
   *
   * @param settings how they are drawn; each by a seed of its own, which follows from theirs
   * @param tunes how many are drawn, at least 1
   */
  public static double share(TextGenerator generator, GenerateSettings settings, int tunes) {
    int valid = 0;
    for (int tune = 0; tune < tunes; tune++) {
      long seed = SplitMix64.of(settings.seed(), tune).nextLong();
      StringBuilder text = new StringBuilder(BEGIN);
      generator.generate(BEGIN, settings.withStop(END).withSeed(seed), text::append);
      valid += isValid(text.toString()) ? 1 : 0;
    }
    return (double) valid / tunes;
  }

  private static boolean isValid(String text) {
    try {
      return MidiFile.of(AbcTune.parse(text)).length > 0;
    } catch (ChoraleException e) {
      return false;
    }
  }
}
