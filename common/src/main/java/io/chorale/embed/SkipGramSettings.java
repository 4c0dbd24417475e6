package io.chorale.embed;

import io.chorale.config.ChoraleException;
import io.chorale.config.VectorSettings;
import io.chorale.vectors.Ngrams;
import java.util.Optional;

/**
 * The shape of a skip-gram training.
 *
 * @param size numbers of a vector
 * @param window the most words on each side of a word that are its context; how many is drawn for
 *     each, from 1
 * @param negatives words drawn against each window
 * @param negativePower they are drawn by their counts to this power
 * @param subsample t: a word of share f is kept with probability sqrt(t/f) + t/f; 0 keeps all
 * @param ngrams whose vectors belong to a word's own; none: a word is one row
 */
public record SkipGramSettings(
    int size,
    int window,
    int negatives,
    double negativePower,
    double subsample,
    Optional<Ngrams> ngrams) {
  /** The shape that the settings of a run describe. */
  public static SkipGramSettings of(VectorSettings vectors) {
    return new SkipGramSettings(
        vectors.size(),
        vectors.window(),
        vectors.negatives(),
        vectors.negativePower(),
        vectors.subsample(),
        vectors.ngrams().isEmpty()
            ? Optional.empty()
            : Optional.of(new Ngrams(vectors.shortest(), vectors.longest(), vectors.buckets())));
  }

  public SkipGramSettings {
    if (window < 1 || negatives < 1 || !(negativePower >= 0) || !(subsample >= 0)) {
      throw new ChoraleException(
          "Cannot train word vectors with a window of %d, %d negatives to the power of %s and subsampling at %s: expected at least 1, 1, 0 and 0."
              .formatted(window, negatives, negativePower, subsample));
    }
  }
}
