package io.chorale.jobs.duplicate;

import static org.apache.spark.sql.functions.col;

import java.util.Iterator;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;

/**
 * Moves edges towards the least node of their component (Kiveris et al., "Connected Components in
 * MapReduce and Beyond", SoCC 2014): every node joins neighbours to the least among itself and
 * them, the larger ones in a large star; in a small star the smaller ones, and itself.
 *
 * <p>Neighbours of a node are sorted and streamed: the first one is the least, so that a node may
 * have any number of them.
 */
enum StarStep {
  LARGE {
    @Override
    Dataset<Row> neighbours(Dataset<Row> edges) {
      return edges
          .select(col(Edges.ID).as(NODE), col(Edges.LEAST).as(NEIGHBOUR))
          .union(edges.select(col(Edges.LEAST).as(NODE), col(Edges.ID).as(NEIGHBOUR)));
    }
  },

  SMALL {
    @Override
    Dataset<Row> neighbours(Dataset<Row> edges) {
      return edges.select(col(Edges.ID).as(NODE), col(Edges.LEAST).as(NEIGHBOUR));
    }
  };

  private static final String NODE = "node";
  private static final String NEIGHBOUR = "neighbour";

  /** Each node with those of its neighbours that count. */
  abstract Dataset<Row> neighbours(Dataset<Row> edges);

  /** Edges of {@link Edges#COLUMNS} after the step: as many as before, or fewer. */
  Dataset<Row> of(Dataset<Row> edges) {
    MapPartitionsFunction<Row, Row> walk = sorted -> new Walk(sorted, this);
    return neighbours(edges)
        .repartition(col(NODE))
        .sortWithinPartitions(NODE, NEIGHBOUR)
        .mapPartitions(walk, Encoders.row(Edges.COLUMNS));
  }

  /** Goes through the sorted neighbours of nodes. */
  private static final class Walk extends RowWalk {
    private final StarStep step;
    private boolean begun;
    private long node;
    private long least;
    private long last;

    Walk(Iterator<Row> sorted, StarStep step) {
      super(sorted);
      this.step = step;
    }

    @Override
    Row take(Row row) {
      long neighbour = row.getLong(1);
      boolean first = !begun || row.getLong(0) != node;
      if (!first && neighbour == last) {
        return null;
      }
      begun = true;
      last = neighbour;
      if (first) {
        node = row.getLong(0);
        least = Math.min(node, neighbour);
      }
      if (step == LARGE) {
        return neighbour > node ? Edges.row(neighbour, least) : null;
      }
      return Edges.row(first ? node : neighbour, least);
    }
  }
}
