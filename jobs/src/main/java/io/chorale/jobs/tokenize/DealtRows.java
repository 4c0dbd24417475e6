package io.chorale.jobs.tokenize;

import org.apache.spark.api.java.JavaPairRDD;

/**
 * The rows of a dataset, each with its place.
 *
 * @param tokens of all of them
 */
record DealtRows(JavaPairRDD<RowKey, RowPart> rows, ShardNumbers shards, long tokens) {}
