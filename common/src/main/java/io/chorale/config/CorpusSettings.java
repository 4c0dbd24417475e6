package io.chorale.config;

import java.util.List;

/** Where the text is and how it is cut into documents; {@code reference.yaml} explains each key. */
public record CorpusSettings(
    List<String> paths,
    List<String> validationPaths,
    List<String> testPaths,
    Format format,
    Document document,
    String textField,
    int maxDocumentBytes,
    double maxRejected) {

  /** How a file is read. */
  public enum Format {
    AUTO,
    TEXT,
    JSONL,
    PARQUET
  }

  /** What a document is in a text file. */
  public enum Document {
    LINE,
    FILE
  }

  public CorpusSettings {
    paths = List.copyOf(paths);
    validationPaths = List.copyOf(validationPaths);
    testPaths = List.copyOf(testPaths);
    Check.atLeast("corpus.max-document-bytes", maxDocumentBytes, 1);
    Check.that(
        maxRejected >= 0 && maxRejected <= 1, "corpus.max-rejected", "from 0 to 1", maxRejected);
    Check.that(!textField.isEmpty(), "corpus.text-field", "the name of a field", "nothing");
  }

  /** The paths that were given for a split: those of the training split are all that are for none. */
  public List<String> paths(DatasetSplit split) {
    return switch (split) {
      case TRAIN -> paths;
      case VALIDATION -> validationPaths;
      case TEST -> testPaths;
    };
  }

  /** Whether a split other than the training split has files of its own. */
  public boolean hasSplitFiles() {
    return !validationPaths.isEmpty() || !testPaths.isEmpty();
  }
}
