package io.chorale.config;

import java.util.List;

/** Where the text is and how it is cut into documents; {@code reference.yaml} explains each key. */
public record CorpusSettings(
    List<String> paths,
    Format format,
    Document document,
    String textField,
    int maxDocumentBytes,
    double maxRejected,
    int maxUnpackRatio,
    long maxZstdWindow) {

  /** The windows that the format knows. */
  private static final long LEAST_ZSTD_WINDOW = 1L << 10;

  private static final long MOST_ZSTD_WINDOW = 1L << 31;

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
    Check.atLeast("corpus.max-unpack-ratio", maxUnpackRatio, 1);
    Check.that(
        Long.bitCount(maxZstdWindow) == 1
            && maxZstdWindow >= LEAST_ZSTD_WINDOW
            && maxZstdWindow <= MOST_ZSTD_WINDOW,
        "corpus.max-zstd-window",
        "a power of two from %d to %d".formatted(LEAST_ZSTD_WINDOW, MOST_ZSTD_WINDOW),
        maxZstdWindow);
    Check.that(!textField.isEmpty(), "corpus.text-field", "the name of a field", "nothing");
  }
}
