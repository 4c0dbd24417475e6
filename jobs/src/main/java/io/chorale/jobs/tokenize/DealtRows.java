package io.chorale.jobs.tokenize;

import java.util.Optional;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * The rows of a dataset, each with its place.
 *
 * @param documents that are the rows, each at the place of its row; none where rows are no
 *     documents
 * @param size of all of them; see {@link ColumnEncoders#size}
 */
record DealtRows(
    JavaRDD<Tuple2<RowKey, RowPart>> rows,
    Optional<JavaRDD<Tuple2<RowKey, KeptDocument>>> documents,
    ShardNumbers shards,
    long size) {}
