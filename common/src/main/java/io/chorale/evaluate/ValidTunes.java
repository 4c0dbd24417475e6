package io.chorale.evaluate;

import io.chorale.config.ChoraleException;
import io.chorale.config.GenerateSettings;
import io.chorale.generate.TextGenerator;
import io.chorale.music.AbcTune;
import io.chorale.music.MidiFile;
import io.chorale.random.SplitMix64;

/**
 * Measures how many of the tunes in ABC notation that a language model writes are valid.
 *
 * <p>A model that has learnt from tunes one after the other has hardly ever seen one with nothing
 * before it. So each tune that counts comes after another one, which the model writes first.
 */
public final class ValidTunes {
  /** The name of the measure. */
  public static final String NAME = "valid_tunes";

  /** A tune begins with its number and ends at a blank line. */
  private static final String BEGIN = "X:";

  private static final String END = "\n\n";

  private ValidTunes() {}

  /**
   * The share of tunes that can be written as MIDI, of those that are drawn from a model: each from
   * its number to a blank line or the most tokens, after one that does not count.
   *
   * @param settings how they are drawn; each by seeds of its own, which follow from theirs
   * @param tunes how many are drawn, at least 1
   */
  public static double share(TextGenerator generator, GenerateSettings settings, int tunes) {
    int valid = 0;
    for (int tune = 0; tune < tunes; tune++) {
      SplitMix64 seeds = SplitMix64.of(settings.seed(), tune);
      String first = draw(generator, "", settings.withSeed(seeds.nextLong()));
      String second = draw(generator, first + END, settings.withSeed(seeds.nextLong()));
      valid += isValid(second) ? 1 : 0;
    }
    return (double) valid / tunes;
  }

  /** A tune, which comes after a text. */
  private static String draw(TextGenerator generator, String before, GenerateSettings settings) {
    StringBuilder tune = new StringBuilder(BEGIN);
    generator.generate(before + BEGIN, settings.withStop(END), tune::append);
    return tune.toString().strip();
  }

  private static boolean isValid(String text) {
    try {
      return MidiFile.of(AbcTune.parse(text)).length > 0;
    } catch (ChoraleException e) {
      return false;
    }
  }
}
