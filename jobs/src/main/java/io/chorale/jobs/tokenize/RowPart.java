package io.chorale.jobs.tokenize;

import io.chorale.data.Row;

/**
 * A row on its way to a shard, or a part of one: of text alone, some of its ids.
 *
 * @param size see {@link ColumnEncoders#size}
 * @param bytes of the text that these ids stand for, in UTF-8
 * @param document what is kept of the document that the row is; null where it is none
 */
record RowPart(Row cells, long size, long bytes, boolean endsRow, KeptDocument document) {}
