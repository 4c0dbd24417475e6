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
    String labelField,
    boolean csvHeader,
    String csvDelimiter,
    String csvQuote,
    int csvColumns,
    LetterCase fastaCase,
    int maxDocumentBytes,
    double maxRejected,
    int maxUnpackRatio,
    long maxZstdWindow) {

  /** The windows that the format knows. */
  private static final long LEAST_ZSTD_WINDOW = 1L << 10;

  private static final long MOST_ZSTD_WINDOW = 1L << 31;

  private static final String TAB = "tab";

  /** How a file is read. */
  public enum Format {
    AUTO,
    TEXT,
    JSONL,
    CSV,
    PARQUET,
    FASTA
  }

  /** What a document is in a text file. */
  public enum Document {
    LINE,
    FILE
  }

  /** What becomes of the letters of a sequence. */
  public enum LetterCase {
    AS_IS,
    UPPER,
    LOWER
  }

  public CorpusSettings {
    paths = List.copyOf(paths);
    validationPaths = List.copyOf(validationPaths);
    testPaths = List.copyOf(testPaths);
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
    Check.that(
        isAscii(csvDelimiter) || csvDelimiter.equals(TAB),
        "corpus.csv-delimiter",
        "one ASCII character, or tab",
        csvDelimiter);
    Check.that(
        csvQuote.isEmpty()
            || (isAscii(csvQuote) && csvQuote.charAt(0) != delimiterOf(csvDelimiter)),
        "corpus.csv-quote",
        "one ASCII character that is not the delimiter, or nothing",
        csvQuote);
    Check.atLeast("corpus.csv-columns", csvColumns, 0);
    Check.that(!textField.isEmpty(), "corpus.text-field", "the name of a field", "nothing");
    Check.that(
        !labelField.equals(textField),
        "corpus.label-field",
        "another field than corpus.text-field",
        labelField);
  }

  private static boolean isAscii(String text) {
    return text.length() == 1 && text.charAt(0) < 0x80 && text.charAt(0) >= ' '
        || text.equals("\t");
  }

  private static char delimiterOf(String csvDelimiter) {
    return csvDelimiter.equals(TAB) ? '\t' : csvDelimiter.charAt(0);
  }

  /** The byte between two fields of a CSV file. */
  public byte csvDelimiterByte() {
    return (byte) delimiterOf(csvDelimiter);
  }

  /**
   * The paths that were given for a split: those of the training split are all that are for none.
   */
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
