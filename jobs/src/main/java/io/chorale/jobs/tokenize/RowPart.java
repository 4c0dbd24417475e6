package io.chorale.jobs.tokenize;

import java.io.Serializable;

/** Token ids on their way to a shard: a row, or a part of one. */
final class RowPart implements Serializable {
  private static final long serialVersionUID = 1L;

  final int[] ids;

  /** Of the text that these ids stand for, in UTF-8. */
  final long bytes;

  final boolean endsRow;

  RowPart(int[] ids, long bytes, boolean endsRow) {
    this.ids = ids;
    this.bytes = bytes;
    this.endsRow = endsRow;
  }
}
