package io.chorale.config;

/** The dataset: where it is, its splits and shards; {@code reference.yaml} explains each key. */
public record DataSettings(
    String path, Split split, double validation, double test, int shards, int piece) {

  /** How documents get into the splits. */
  public enum Split {
    DOCUMENT,
    TAIL
  }

  public DataSettings {
    Check.share("data.validation", validation);
    Check.share("data.test", test);
    Check.share("data.validation + data.test", validation + test);
    Check.atLeast("data.shards", shards, 0);
    Check.atLeast("data.piece", piece, 1);
  }

  /** The same, but that nothing is cut off for a split that has files of its own. */
  public DataSettings beside(CorpusSettings corpus) {
    return new DataSettings(
        path,
        split,
        corpus.validationPaths().isEmpty() ? validation : 0,
        corpus.testPaths().isEmpty() ? test : 0,
        shards,
        piece);
  }
}
