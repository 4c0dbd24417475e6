package io.chorale.config;

import java.util.List;

/** The dataset: where it is, its splits and shards; {@code reference.yaml} explains each key. */
public record DataSettings(
    String path,
    String work,
    Split split,
    double validation,
    double test,
    List<String> borders,
    int history,
    int shards,
    int piece) {

  /** How documents get into the splits. */
  public enum Split {
    DOCUMENT,
    TAIL
  }

  /** Borders of the splits in time: the begin of validation, the begin of test, the end of test. */
  private static final int MOST_BORDERS = 3;

  public DataSettings {
    borders = List.copyOf(borders);
    Check.share("data.validation", validation);
    Check.share("data.test", test);
    Check.share("data.validation + data.test", validation + test);
    Check.that(
        borders.size() <= MOST_BORDERS && !borders.contains(""),
        "data.borders",
        "at most three: where validation begins, where test does, and where it ends",
        borders);
    Check.atLeast("data.history", history, 0);
    Check.atLeast("data.shards", shards, 0);
    Check.atLeast("data.piece", piece, 1);
  }

  /** The same, but that nothing is cut off for a split that has files of its own. */
  public DataSettings beside(CorpusSettings corpus) {
    return new DataSettings(
        path,
        work,
        split,
        corpus.validationPaths().isEmpty() ? validation : 0,
        corpus.testPaths().isEmpty() ? test : 0,
        borders,
        history,
        shards,
        piece);
  }
}
