package io.chorale.jobs.tokenize;

import io.chorale.data.SignatureFacts;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * The rows of a dataset, each with its place.
 *
 * @param signatures how those of the documents that are the rows were made
 * @param size of all of them; see {@link ColumnEncoders#size}
 */
record DealtRows(
    JavaRDD<Tuple2<RowKey, RowPart>> rows,
    SignatureFacts signatures,
    ShardNumbers shards,
    long size) {}
