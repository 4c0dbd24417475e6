package io.chorale.jobs.embed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.SettingsException;
import io.chorale.embed.ExactNeighbours;
import io.chorale.embed.Neighbours.Hit;
import io.chorale.embed.Recall;
import io.chorale.embed.UnitVectors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The index of Lucene beside the truth. */
class HnswIndexTest {
  private static final int SIZE = 24;
  private static final Pattern SAID =
      Pattern.compile("index of [0-9,]+ vectors: recall@10 ([0-9.]+) with width ([0-9]+)");

  @TempDir Path directory;
  private final List<String> said = new ArrayList<>();

  /** Around centres, as vectors of words and texts are; or without any order. */
  private static UnitVectors vectors(int count, int centres, long seed) {
    Random random = new Random(seed);
    double[][] middle = new double[Math.max(1, centres)][SIZE];
    for (double[] centre : middle) {
      for (int k = 0; k < SIZE && centres > 0; k++) {
        centre[k] = 2 * random.nextGaussian();
      }
    }
    return UnitVectors.of(
        count,
        SIZE,
        (place, into) -> {
          for (int k = 0; k < SIZE; k++) {
            into[k] = (float) (middle[place % middle.length][k] + random.nextGaussian());
          }
        });
  }

  private HnswIndex open(String name, UnitVectors vectors, double recall) {
    return HnswIndex.open(directory.resolve(name), vectors, recall, said::add);
  }

  private Matcher said() {
    Matcher matcher = SAID.matcher(said.get(said.size() - 1));
    assertTrue(matcher.matches(), said.toString());
    return matcher;
  }

  @Test
  void itsRecallIsReachedAndSaid() {
    for (int centres : new int[] {0, 40}) {
      UnitVectors vectors = vectors(6000, centres, 1);
      try (HnswIndex index = open("of-" + centres, vectors, 0.95)) {
        double recall = Double.parseDouble(said().group(1));
        assertTrue(recall >= 0.95, said.toString());
        assertEquals(recall, new Recall(vectors).of(index), 5e-5);
      }
    }
  }

  @Test
  void whatItFindsHasItsExactCosine() {
    UnitVectors vectors = vectors(3000, 30, 2);
    float[][] queries = {vectors.vector(5), vectors.vector(2999)};
    try (HnswIndex index = open("index", vectors, 0.9)) {
      List<List<Hit>> found = index.search(queries, 5);
      List<List<Hit>> exact = new ExactNeighbours(vectors).search(queries, 3000);
      assertEquals(5, found.get(0).get(0).place());
      for (int i = 0; i < queries.length; i++) {
        assertEquals(5, found.get(i).size());
        assertTrue(exact.get(i).containsAll(found.get(i)));
      }
    }
  }

  /** A higher recall widens the search; one that no width reaches compares all. */
  @Test
  void aHigherRecallWidensTheSearchUpToAllVectors() {
    UnitVectors vectors = vectors(3000, 0, 3);
    try (HnswIndex index = open("index", vectors, 0.7)) {
      assertTrue(Integer.parseInt(said().group(2)) >= 16);
    }
    int narrow = Integer.parseInt(said().group(2));
    try (HnswIndex index = open("index", vectors, 1)) {
      String wider = said.get(said.size() - 1);
      if (!wider.endsWith("so all are compared")) {
        assertEquals(1, Double.parseDouble(said().group(1)), said.toString());
        assertTrue(Integer.parseInt(said().group(2)) > narrow, said.toString());
      }
      assertEquals(1, new Recall(vectors).of(index));
    }
    UnitVectors few = vectors(25, 0, 4);
    try (HnswIndex index = open("few", few, 1)) {
      assertTrue(said.get(said.size() - 1).endsWith("so all are compared"), said.toString());
      float[][] query = {few.vector(7)};
      assertEquals(new ExactNeighbours(few).search(query, 9), index.search(query, 9));
    }
  }

  @Test
  void anIndexThatIsKeptIsUsedAgainAndOneOfOthersRefused() throws IOException {
    UnitVectors vectors = vectors(500, 9, 5);
    open("index", vectors, 0.9).close();
    Path facts = directory.resolve("index/index.json");
    String before = Files.readString(facts);
    Object written = Files.getLastModifiedTime(directory.resolve("index/graph/segments_1"));
    open("index", vectors, 0.9).close();
    assertEquals(before, Files.readString(facts));
    assertEquals(written, Files.getLastModifiedTime(directory.resolve("index/graph/segments_1")));
    UnitVectors others = vectors(500, 9, 6);
    String message =
        assertThrows(SettingsException.class, () -> open("index", others, 0.9)).getMessage();
    assertTrue(message.contains("it holds the index of other vectors"), message);

    Files.delete(facts); // As where the build was killed.
    open("index", others, 0.9).close();
    assertFalse(before.equals(Files.readString(facts)));

    Files.createDirectories(directory.resolve("mine"));
    Files.writeString(directory.resolve("mine/letter.txt"), "dear");
    String refused =
        assertThrows(SettingsException.class, () -> open("mine", others, 0.9)).getMessage();
    assertTrue(refused.contains("it holds letter.txt"), refused);
  }
}
