package io.chorale.jobs.duplicate;

import io.chorale.duplicate.UnionFind;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;
import org.apache.spark.sql.Row;

/**
 * Replaces the edges of a partition by as few that connect the same documents: each to the least
 * one of its set. Sets that outgrow their bound are told, and begun anew.
 */
final class Contraction implements Iterator<Row> {
  private final Iterator<Row> edges;
  private final UnionFind sets;
  private final Queue<Row> ready = new ArrayDeque<>();
  private boolean ended;

  /**
   * @param edges of {@link Edges#COLUMNS}
   * @param most documents that are held at once
   */
  Contraction(Iterator<Row> edges, int most) {
    this.edges = edges;
    this.sets = new UnionFind(most);
  }

  @Override
  public boolean hasNext() {
    while (ready.isEmpty() && !ended) {
      sets.clear();
      while (edges.hasNext() && !sets.full()) {
        Row edge = edges.next();
        sets.join(edge.getLong(0), edge.getLong(1));
      }
      ended = !edges.hasNext();
      sets.forEach((id, least) -> ready.add(Edges.row(id, least)));
    }
    return !ready.isEmpty();
  }

  @Override
  public Row next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return ready.remove();
  }
}
