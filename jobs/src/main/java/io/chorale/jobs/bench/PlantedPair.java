package io.chorale.jobs.bench;

import io.chorale.random.SplitMix64;

/**
 * Two texts whose sets of word n-grams have a given Jaccard similarity, exactly: of 200 n-grams
 * that they have together, they begin with those that they share, and each ends in as many of its
 * own.
 */
record PlantedPair(String one, String other) {
  private static final int GRAMS = 200;
  private static final int LETTERS = 8;

  /**
   * Makes a pair of random words.
   *
   * @param similarity a multiple of a hundredth, from 0.01 to 1
   * @param words of an n-gram
   */
  static PlantedPair of(double similarity, int words, SplitMix64 random) {
    int shared = (int) Math.round(GRAMS * similarity);
    String begin = words(shared + words - 1, random);
    int own = (GRAMS - shared) / 2;
    return new PlantedPair(begin + words(own, random), begin + words(own, random));
  }

  private static String words(int count, SplitMix64 random) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      for (int letter = 0; letter < LETTERS; letter++) {
        text.append((char) ('a' + random.below(26)));
      }
      text.append(' ');
    }
    return text.toString();
  }
}
