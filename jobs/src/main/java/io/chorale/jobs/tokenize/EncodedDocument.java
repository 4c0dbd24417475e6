package io.chorale.jobs.tokenize;

import io.chorale.config.DataSettings;
import io.chorale.config.DatasetSplit;
import io.chorale.data.DocumentHash;
import io.chorale.data.Row;
import io.chorale.jobs.spark.SentSettings;
import java.io.Serializable;

/**
 * A document as a row.
 *
 * @param split that its file was given for
 * @param size see {@link ColumnEncoders#size}
 * @param bytes of its texts in UTF-8 and of its numbers
 * @param textBytes of the text alone
 */
record EncodedDocument(
    int file,
    long offset,
    DatasetSplit split,
    long size,
    long bytes,
    long textBytes,
    DocumentHash hash,
    Row row)
    implements Serializable {
  /** The same with another row. */
  EncodedDocument with(Row other) {
    return new EncodedDocument(file, offset, split, size, bytes, textBytes, hash, other);
  }

  /**
   * Where it goes when documents are dealt by their hash: to the split that its file was given for
   * or, out of the training files, to one that a share of them is cut off for.
   */
  DatasetSplit splitByHash(SentSettings settings) {
    DataSettings shares = settings.get().data().beside(settings.get().corpus());
    return split == DatasetSplit.TRAIN ? hash.split(shares) : split;
  }
}
