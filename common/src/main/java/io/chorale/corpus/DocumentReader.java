package io.chorale.corpus;

import io.chorale.config.CorpusSettings;
import io.chorale.io.Storage;
import java.io.Closeable;
import java.util.Iterator;
import java.util.function.LongConsumer;

/**
 * The documents and rejections of a split, in order. The splits of a file together hold each
 * document once, however the file was cut.
 *
 * <p>A file that is refused or damaged ends with a rejection that says so. A file system that fails
 * is an exception: there, another try may succeed.
 */
public interface DocumentReader extends Iterator<CorpusEntry>, Closeable {
  /**
   * A reader for the format of a split's file; close it.
   *
   * @param progress is told, from time to time, how many stored bytes have been read since
   */
  static DocumentReader of(
      Storage storage, CorpusSplit split, CorpusSettings settings, LongConsumer progress) {
    return switch (split.file().format()) {
      case PARQUET -> new ParquetDocuments(storage, split, settings, progress);
      case CSV -> new CsvDocuments(storage, split, settings, progress);
      case FASTA -> new FastaDocuments(storage, split, settings, progress);
      case TEXT, JSONL, AUTO -> new LineDocuments(storage, split, settings, progress);
    };
  }

  @Override
  void close();
}
