package io.chorale.config;

import java.util.List;

/** Settings of held-out texts in the training split; {@code reference.yaml} explains each key. */
public record ContaminationSettings(
    boolean find, List<String> paths, int words, int common, double mostShare, int grams) {
  private static final int MOST_WORDS = 100;
  private static final int MOST_GRAMS = 1 << 25;

  public ContaminationSettings {
    paths = List.copyOf(paths);
    Check.between("contamination.words", words, 1, MOST_WORDS);
    Check.atLeast("contamination.common", common, 0);
    Check.that(
        mostShare >= 0 && mostShare <= 1, "contamination.most-share", "from 0 to 1", mostShare);
    Check.between("contamination.grams", grams, 1, MOST_GRAMS);
  }

  /** Whether training documents may be left out for what they have in common with others. */
  public boolean removes() {
    return find && mostShare < 1;
  }
}
