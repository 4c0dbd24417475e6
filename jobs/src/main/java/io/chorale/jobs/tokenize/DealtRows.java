package io.chorale.jobs.tokenize;

import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * The rows of a dataset, each with its place.
 *
 * @param size of all of them; see {@link ColumnEncoders#size}
 */
record DealtRows(JavaRDD<Tuple2<RowKey, RowPart>> rows, ShardNumbers shards, long size) {}
