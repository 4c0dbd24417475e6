package io.chorale.jobs.tokenize;

import io.chorale.corpus.CorpusCounts;

/**
 * What was counted in a part of the corpus.
 *
 * @param counts of its documents and rejections
 * @param tables files with pieces of its text
 */
record CountedPart(CorpusCounts counts, int tables) {
  /** What follows the name of the part in that of a table. */
  static String table(int number) {
    return "-%03d.safetensors".formatted(number);
  }
}
