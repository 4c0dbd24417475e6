package io.chorale.embed;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.IntStream;

/**
 * Finds the nearest vectors by comparing a query with all of them. Costs {@code size}
 * multiplications a vector and query, on all cores where there are many queries.
 */
public final class ExactNeighbours implements Neighbours {
  /** Vectors that stay in a core's cache while the queries of a group go over them. */
  private static final int BLOCK = 256;

  private static final int GROUP = 16;

  private final UnitVectors vectors;

  public ExactNeighbours(UnitVectors vectors) {
    this.vectors = vectors;
  }

  @Override
  public List<List<Hit>> search(float[][] queries, int count) {
    int groups = (queries.length + GROUP - 1) / GROUP;
    return IntStream.range(0, groups)
        .parallel()
        .mapToObj(
            group -> {
              int to = Math.min(queries.length, (group + 1) * GROUP);
              return group(Arrays.copyOfRange(queries, group * GROUP, to), count);
            })
        .flatMap(List::stream)
        .toList();
  }

  private List<List<Hit>> group(float[][] queries, int count) {
    float[][] units = Arrays.stream(queries).map(UnitVectors::unit).toArray(float[][]::new);
    List<Nearest> nearest = new ArrayList<>();
    for (int i = 0; i < units.length; i++) {
      nearest.add(new Nearest(count));
    }
    for (int first = 0; first < vectors.count(); first += BLOCK) {
      int end = Math.min(vectors.count(), first + BLOCK);
      for (int i = 0; i < units.length; i++) {
        for (int place = first; place < end; place++) {
          nearest.get(i).offer(place, vectors.cosine(units[i], place));
        }
      }
    }
    return nearest.stream().map(Nearest::hits).toList();
  }

  /** The nearest vectors so far. */
  private static final class Nearest {
    private final int count;
    private final PriorityQueue<Hit> farthestFirst = new PriorityQueue<>(Hit.ORDER.reversed());

    Nearest(int count) {
      this.count = count;
    }

    /** Places come in their order, so an equal one that was there before stays. */
    void offer(int place, float cosine) {
      if (farthestFirst.size() == count) {
        if (cosine <= farthestFirst.element().cosine()) {
          return;
        }
        farthestFirst.remove();
      }
      farthestFirst.add(new Hit(place, cosine));
    }

    List<Hit> hits() {
      return farthestFirst.stream().sorted(Hit.ORDER).toList();
    }
  }
}
