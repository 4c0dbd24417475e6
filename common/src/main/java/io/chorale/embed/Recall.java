package io.chorale.embed;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The recall of a search: the share of the true nearest neighbours that it finds. */
public final class Recall {
  /** Neighbours of a query that count: recall@10. */
  public static final int COUNT = 10;

  private static final int QUERIES = 1000;

  private final float[][] queries;
  private final int[] places;
  private final List<Set<Integer>> truth;

  /**
   * Finds the true neighbours of 1,000 of the vectors, spread evenly, each without itself.
   *
   * @param vectors that are searched
   */
  public Recall(UnitVectors vectors) {
    int count = Math.min(QUERIES, vectors.count());
    queries = new float[count][];
    places = new int[count];
    for (int i = 0; i < count; i++) {
      places[i] = (int) ((long) i * vectors.count() / count);
      queries[i] = vectors.vector(places[i]);
    }
    truth = found(new ExactNeighbours(vectors));
  }

  private List<Set<Integer>> found(Neighbours search) {
    List<Set<Integer>> found =
        search.search(queries, COUNT + 1).stream()
            .map(hits -> hits.stream().map(Neighbours.Hit::place).toList())
            .map(HashSet::new)
            .collect(Collectors.toList());
    for (int i = 0; i < places.length; i++) {
      found.get(i).remove(places[i]);
    }
    return found;
  }

  /** Recall@10 of a search over the same vectors. */
  public double of(Neighbours search) {
    List<Set<Integer>> found = found(search);
    long hits = 0;
    long all = 0;
    for (int i = 0; i < places.length; i++) {
      all += truth.get(i).size();
      found.get(i).retainAll(truth.get(i));
      hits += found.get(i).size();
    }
    return all == 0 ? 1 : (double) hits / all;
  }
}
