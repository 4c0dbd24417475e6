package io.chorale.jobs.tokenize;

import java.io.Serializable;

/**
 * Token ids on their way to a shard: a row, or a part of one.
 *
 * @param label of the row, where the dataset has labels
 * @param bytes of the text that these ids stand for, in UTF-8
 */
record RowPart(int[] ids, int label, long bytes, boolean endsRow) implements Serializable {}
