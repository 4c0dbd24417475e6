package io.chorale.jobs.tokenize;

import org.apache.spark.api.java.JavaPairRDD;

/**
 * The rows of a dataset, each with its place.
 *
 * @param size of all of them; see {@link ColumnEncoders#size}
 */
record DealtRows(JavaPairRDD<RowKey, RowPart> rows, ShardNumbers shards, long size) {}
