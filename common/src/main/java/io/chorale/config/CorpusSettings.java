package io.chorale.config;

import java.util.List;

/** Where the text is and how it is cut into documents; {@code reference.yaml} explains each key. */
public record CorpusSettings(
    List<String> paths,
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
    Check.atLeast("corpus.max-document-bytes", maxDocumentBytes, 1);
    Check.that(
        maxRejected >= 0 && maxRejected <= 1, "corpus.max-rejected", "from 0 to 1", maxRejected);
    Check.that(!textField.isEmpty(), "corpus.text-field", "the name of a field", "nothing");
  }
}
