package io.chorale.jobs.tokenize;

import java.io.Serializable;

/**
 * Token ids on their way to a shard: a row, or a part of one.
 *
 * @param bytes of the text that these ids stand for, in UTF-8
 */
record RowPart(int[] ids, long bytes, boolean endsRow) implements Serializable {}
