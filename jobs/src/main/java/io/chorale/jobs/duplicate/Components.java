package io.chorale.jobs.duplicate;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.xxhash64;

import io.chorale.config.ChoraleException;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;

/**
 * Finds connected components by large and small stars in turns, after each partition has contracted
 * its own edges: every node of a component points to its least one in the end.
 *
 * <p>That end is the only state which a round leaves as it is, so it depends neither on how edges
 * are spread over partitions nor on the number of rounds. Rounds are few (about the logarithm of
 * the longest path in practice); each shuffles the edges twice, of which there are never more than
 * before.
 */
final class Components {
  private static final int MOST_ROUNDS = 100;

  /** Documents that a task holds in memory while it contracts its edges: 25 MB. */
  private static final int HELD = 1 << 20;

  /** Sums of as many hashes as there may be edges stay below 2^63. */
  private static final long HASHES = 1L << 31;

  private Components() {}

  /**
   * The components.
   *
   * @param edges of {@link Edges#COLUMNS}
   * @param steps of which there is one a round
   * @return each node that is not the least of its component, with the least one; of {@link
   *     Edges#COLUMNS}
   */
  static Dataset<Row> of(Dataset<Row> edges, Steps steps) {
    MapPartitionsFunction<Row, Row> contract = some -> new Contraction(some, HELD);
    Dataset<Row> reached =
        steps.keep(
            "components-0", () -> edges.mapPartitions(contract, Encoders.row(Edges.COLUMNS)));
    Row state = state(reached);
    for (int round = 1; round <= MOST_ROUNDS; round++) {
      Dataset<Row> before = reached;
      reached =
          steps.keep("components-" + round, () -> StarStep.SMALL.of(StarStep.LARGE.of(before)));
      Row next = state(reached);
      if (next.equals(state)) {
        return reached;
      }
      state = next;
    }
    throw new ChoraleException(
        "Cannot find clusters of near-duplicates: they still changed after %d rounds, expected an end. This is a fault of the program."
            .formatted(MOST_ROUNDS));
  }

  /** How many edges there are, and a sum of hashes over them. */
  private static Row state(Dataset<Row> edges) {
    return edges
        .agg(
            count(lit(1)),
            coalesce(sum(pmod(xxhash64(col(Edges.ID), col(Edges.LEAST)), lit(HASHES))), lit(0L)))
        .first();
  }
}
