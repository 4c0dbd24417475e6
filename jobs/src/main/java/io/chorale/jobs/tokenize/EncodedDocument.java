package io.chorale.jobs.tokenize;

import io.chorale.config.DataSettings;
import io.chorale.config.DatasetSplit;
import io.chorale.corpus.Document;
import io.chorale.data.DocumentHash;
import io.chorale.data.Row;
import io.chorale.data.RowBlock;
import java.util.List;

/**
 * A document as a row of a block that an executor holds; it crosses no wire.
 *
 * @param index of the row in the block
 * @param split that its file was given for
 * @param source that it is of, by its place in the order of the sources
 */
record EncodedDocument(RowBlock block, int index, DatasetSplit split, int source) {
  private static final String HIGH = "hash-high";
  private static final String LOW = "hash-low";
  private static final String FILE = "file";
  private static final String OFFSET = "offset";
  private static final String SIZE = "size";
  private static final String BYTES = "bytes";
  private static final String TEXT_BYTES = "text-bytes";

  /** What a block says of each of its rows. */
  static final List<String> MARKS = List.of(HIGH, LOW, FILE, OFFSET, SIZE, BYTES, TEXT_BYTES);

  /**
   * The marks of a document.
   *
   * @param size of its row
   */
  static long[] marks(Document document, DocumentHash hash, long size) {
    return new long[] {
      hash.high(),
      hash.low(),
      document.file(),
      document.offset(),
      size,
      document.bytes(),
      ColumnEncoders.textBytes(document)
    };
  }

  /** The file of a row of a block, by its place in the order of the corpus. */
  static int file(RowBlock block, int index) {
    return (int) block.mark(FILE, index);
  }

  /** Its file, by its place in the order of the corpus. */
  int file() {
    return file(block, index);
  }

  /** Where it begins in its file. */
  long offset() {
    return block.mark(OFFSET, index);
  }

  DocumentHash hash() {
    return new DocumentHash(block.mark(HIGH, index), block.mark(LOW, index));
  }

  /** See {@link ColumnEncoders#size}. */
  long size() {
    return block.mark(SIZE, index);
  }

  /** Bytes of its texts in UTF-8 and of its numbers. */
  long bytes() {
    return block.mark(BYTES, index);
  }

  /** Bytes of the text alone. */
  long textBytes() {
    return block.mark(TEXT_BYTES, index);
  }

  /** Its cells, where they were read. */
  Row row() {
    return block.row(index);
  }

  /** The place of its row, or of a part of it, in the dataset. */
  RowKey key(int shard, long order) {
    return new RowKey(shard, order, file(), offset());
  }

  /**
   * Where it goes when documents are dealt by their hash: to the split that its file was given for
   * or, out of the training files, to one that a share of them is cut off for.
   *
   * @param shares by source; 0 for splits that have files of their own
   */
  DatasetSplit splitByHash(List<DataSettings> shares) {
    return split == DatasetSplit.TRAIN ? hash().split(shares.get(source)) : split;
  }
}
