package io.chorale.embed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.embed.Neighbours.Hit;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Nearest vectors beside brute force in double precision. */
class NeighboursTest {
  private static final int SIZE = 19;

  private static float[][] random(int count, long seed) {
    Random random = new Random(seed);
    float[][] vectors = new float[count][SIZE];
    for (float[] vector : vectors) {
      for (int k = 0; k < SIZE; k++) {
        vector[k] = (float) (3 * random.nextGaussian() + 1);
      }
    }
    return vectors;
  }

  private static UnitVectors units(float[][] vectors) {
    return UnitVectors.of(
        vectors.length, SIZE, (place, into) -> System.arraycopy(vectors[place], 0, into, 0, SIZE));
  }

  private static double cosine(float[] a, float[] b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int k = 0; k < a.length; k++) {
      ab += (double) a[k] * b[k];
      aa += (double) a[k] * a[k];
      bb += (double) b[k] * b[k];
    }
    return ab / Math.sqrt(aa * bb);
  }

  @Test
  void theyAreThoseOfBruteForce() {
    float[][] vectors = random(2000, 1);
    float[][] queries = random(50, 2);
    List<List<Hit>> found = new ExactNeighbours(units(vectors)).search(queries, 7);
    for (int i = 0; i < queries.length; i++) {
      float[] query = queries[i];
      List<Integer> expected =
          IntStream.range(0, vectors.length)
              .boxed()
              .sorted(Comparator.comparing(place -> -cosine(query, vectors[place])))
              .limit(7)
              .toList();
      assertEquals(expected, found.get(i).stream().map(Hit::place).toList());
      assertEquals(cosine(query, vectors[expected.get(0)]), found.get(i).get(0).cosine(), 1e-5);
    }
  }

  @Test
  void aQueryAloneIsAnsweredAsAmongOthers() {
    Neighbours search = new ExactNeighbours(units(random(700, 3)));
    float[][] queries = random(33, 4);
    List<List<Hit>> together = search.search(queries, 5);
    for (int i = 0; i < queries.length; i++) {
      assertEquals(together.get(i), search.search(new float[][] {queries[i]}, 5).get(0));
    }
  }

  /** Equal vectors come in their order, and a vector of zeros is as far as any at right angles. */
  @Test
  void tiesAreBrokenByPlace() {
    float[][] vectors = new float[600][SIZE];
    for (int place = 300; place < 600; place++) {
      vectors[place][1] = 2;
    }
    float[] query = new float[SIZE];
    query[1] = 5;
    List<Hit> found = new ExactNeighbours(units(vectors)).search(new float[][] {query}, 302).get(0);
    assertEquals(new Hit(300, 1), found.get(0));
    assertEquals(new Hit(599, 1), found.get(299));
    assertEquals(List.of(new Hit(0, 0), new Hit(1, 0)), found.subList(300, 302));
    assertEquals(3, new ExactNeighbours(units(random(3, 1))).search(random(1, 1), 9).get(0).size());
  }

  @Test
  void recallIsTheShareOfTrueNeighboursThatAreFound() {
    UnitVectors vectors = units(random(400, 5));
    ExactNeighbours exact = new ExactNeighbours(vectors);
    Recall recall = new Recall(vectors);
    assertEquals(1, recall.of(exact));
    // The query itself and five of its ten neighbours.
    double half = recall.of((queries, count) -> exact.search(queries, 6));
    assertEquals(0.5, half, 1e-9);
    assertTrue(units(random(9, 1)).fingerprint().matches("[0-9a-f]{64}"));
  }
}
