package io.chorale.jobs.tokenize;

import io.chorale.config.ChoraleException;
import io.chorale.config.CorpusSettings;
import io.chorale.corpus.CorpusEntry;
import io.chorale.corpus.DocumentChecker;
import java.net.URI;
import java.util.Iterator;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Row;

/** Rows of text, file and row number as entries of the corpus. */
final class ParquetEntries implements Iterator<CorpusEntry> {
  private final Iterator<Row> rows;
  private final Map<String, Integer> indices;
  private final DocumentChecker checker;
  private String file = "";
  private int index;

  /**
   * @param indices of the files in the corpus, by path
   */
  ParquetEntries(Iterator<Row> rows, Map<String, Integer> indices, CorpusSettings settings) {
    this.rows = rows;
    this.indices = indices;
    this.checker = new DocumentChecker(settings);
  }

  @Override
  public boolean hasNext() {
    try {
      return rows.hasNext();
    } catch (RuntimeException e) {
      throw unreadable(e);
    }
  }

  @Override
  public CorpusEntry next() {
    Row row = rows.next();
    String found = row.getString(1);
    if (!found.equals(file)) {
      file = found;
      // Spark gives a URI with its escapes.
      index = indices.get(new Path(URI.create(found)).toString());
    }
    return checker.check(index, row.getLong(2), row.getString(0));
  }

  /** Parquet that Spark cannot read. */
  static ChoraleException unreadable(Exception cause) {
    Throwable root = cause;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String found = root.getMessage() == null ? root.toString() : root.getMessage();
    return new ChoraleException(
        "Cannot read the Parquet files of the corpus: %s, expected whole Parquet files. Check corpus.paths and corpus.format."
            .formatted(found.lines().findFirst().orElse("").strip()),
        cause);
  }
}
