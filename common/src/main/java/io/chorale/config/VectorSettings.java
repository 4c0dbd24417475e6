package io.chorale.config;

/** The settings of word vectors; {@code reference.yaml} explains each key. */
public record VectorSettings(
    Trainer trainer,
    int size,
    int window,
    int negatives,
    double negativePower,
    double subsample,
    long minCount,
    int phrases,
    int phraseWords,
    double phraseThreshold,
    String ngrams,
    int buckets) {

  /** The algorithm that trains the vectors. */
  public enum Trainer {
    /** Skip-gram with negative sampling, by Chorale's rounds. */
    CHORALE,
    /** The Word2Vec of Spark's MLlib. */
    MLLIB
  }

  public VectorSettings {
    Check.atLeast("vectors.size", size, 1);
    Check.atLeast("vectors.window", window, 1);
    Check.atLeast("vectors.negatives", negatives, 1);
    Check.notNegative("vectors.negative-power", negativePower);
    Check.notNegative("vectors.subsample", subsample);
    Check.atLeast("vectors.min-count", minCount, 1);
    Check.atLeast("vectors.phrases", phrases, 0);
    Check.atLeast("vectors.phrase-words", phraseWords, 2);
    Check.notNegative("vectors.phrase-threshold", phraseThreshold);
    Check.that(
        ngrams.isEmpty()
            || ngrams.matches("[1-9][0-9]?-[1-9][0-9]?") && length(ngrams, 0) <= length(ngrams, 1),
        "vectors.ngrams",
        "the lengths of the shortest and the longest n-gram, such as 3-6, or empty",
        ngrams);
    Check.atLeast("vectors.buckets", buckets, 1);
  }

  /** Whether MLlib trains them. */
  public boolean byMllib() {
    return trainer == Trainer.MLLIB;
  }

  /** Characters of the shortest n-gram; only where there are some. */
  public int shortest() {
    return length(ngrams, 0);
  }

  /** Characters of the longest n-gram; only where there are some. */
  public int longest() {
    return length(ngrams, 1);
  }

  private static int length(String ngrams, int which) {
    return Integer.parseInt(ngrams.split("-")[which]);
  }
}
