package io.chorale.jobs.predict;

import io.chorale.config.ChoraleException;
import io.chorale.config.CorpusSettings;
import io.chorale.corpus.Corpus;
import io.chorale.corpus.CorpusFile;
import io.chorale.corpus.CsvTable;
import io.chorale.corpus.RecordChecker;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SentSettings;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.TaskCompletionListener;

/**
 * Reads the records of CSV files as {@code tokenize} reads them: Spark's reader leaves out blank
 * lines, and mends what is broken.
 */
record CsvRows(Words words, Storage storage, SentSettings settings, List<String> columns)
    implements FlatMapFunction<Row, Row> {
  private static final long serialVersionUID = 1L;

  /** What a row of the result has. */
  static final StructType COLUMNS =
      new StructType()
          .add(Records.FIELDS, DataTypes.createArrayType(DataTypes.BinaryType))
          .add(Records.FAULT, DataTypes.StringType)
          .add(InputRows.FILE, DataTypes.StringType)
          .add(InputRows.BLOCK, DataTypes.LongType);

  /** The records of a file, whose URI the row has. */
  @Override
  public Iterator<Row> call(Row row) {
    CorpusSettings corpus = settings.get().corpus();
    String uri = row.getString(0);
    Path path = new FilePart(uri, 0).path();
    CorpusFile file =
        Corpus.files(storage, corpus, List.of(path.toString()), words.key("paths")).get(0);
    try {
      CsvTable table = new CsvTable(storage, file, corpus);
      TaskCompletionListener ended = context -> table.close();
      TaskContext.get().addTaskCompletionListener(ended);
      return new Reading(uri, table);
    } catch (IOException e) {
      throw failure(uri, e);
    }
  }

  private ChoraleException failure(String file, IOException e) {
    return new ChoraleException(
        "Cannot %s rows of %s: %s. Correct the file, or leave it out."
            .formatted(words.verb(), file, e.getMessage()),
        e);
  }

  /** The records of a file, one after the other. */
  private final class Reading implements Iterator<Row> {
    private final String uri;
    private final CsvTable table;
    private boolean read;
    private boolean there;

    Reading(String uri, CsvTable table) {
      this.uri = uri;
      this.table = table;
    }

    @Override
    public boolean hasNext() {
      if (!read) {
        try {
          there = table.next();
        } catch (IOException e) {
          throw failure(uri, e);
        }
        read = true;
        check();
      }
      return there;
    }

    private void check() {
      if (!table.columns().isEmpty() && !table.columns().equals(columns)) {
        throw new ChoraleException(
            "Cannot %s rows of %s: its columns are %s, expected %s as in the other files. Correct it, or take the files one after the other."
                .formatted(
                    words.verb(),
                    uri,
                    String.join(", ", table.columns()),
                    String.join(", ", columns)));
      }
    }

    @Override
    public Row next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      read = false;
      String fault = table.fault().map(RecordChecker::reason).orElse(null);
      return RowFactory.create(table.fields().toArray(byte[][]::new), fault, uri, 0L);
    }
  }
}
