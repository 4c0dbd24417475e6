package io.chorale.quality;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class DistributionTest {
  private static Counts of(Count count, long value) {
    Counts counts = new Counts();
    counts.set(count, value);
    return counts;
  }

  @Test
  void numbersLieBetweenPowersOfTwo() {
    Distribution words = new Distribution(Measure.WORDS);
    for (long value : new long[] {0, 1, 2, 3, 4, 7, 8, 8}) {
      words.add(of(Count.WORDS, value));
    }
    assertEquals(List.of(1L, 1L, 2L, 2L, 2L), words.bins());
    words.addAll(words);
    assertEquals(List.of(2L, 2L, 4L, 4L, 4L), words.bins());
    Distribution largest = new Distribution(Measure.WORDS);
    largest.add(of(Count.WORDS, Long.MAX_VALUE));
    assertEquals(64, largest.bins().size());
  }

  @Test
  void sharesLieInTwentieths() {
    Distribution lines = new Distribution(Measure.DUPLICATE_LINE_SHARE);
    for (long part : new long[] {0, 4, 5, 99, 100}) {
      Counts counts = of(Count.FED_LINES, 100);
      counts.set(Count.DUPLICATE_LINES, part);
      lines.add(counts);
    }
    List<Long> bins = lines.bins();
    assertEquals(20, bins.size());
    assertEquals(List.of(2L, 1L, 0L), bins.subList(0, 3));
    assertEquals(2, bins.get(19));
    assertEquals(List.of(), new Distribution(Measure.DUPLICATE_LINE_SHARE).bins());
  }
}
