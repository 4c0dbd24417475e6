package io.chorale.jobs.retrain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.chorale.config.DatasetSplit;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which rows of a shard are taken. */
class CycleShardsTest {
  private static int[] rows(double share, long seed, int rows) {
    return new CycleShards(DatasetSplit.TRAIN, 0, share, seed).rows("train-00000.bin", rows);
  }

  @Test
  void aShareOfManyRowsIsTakenByAHash() {
    int[] some = rows(0.1, 1, 20_000);
    assertEquals(2_000, some.length, 200);
    assertArrayEquals(some, rows(0.1, 1, 20_000));
    assertFalse(Arrays.equals(some, rows(0.1, 2, 20_000)));
    assertArrayEquals(IntStream.range(0, 9).toArray(), rows(1, 1, 9));
  }

  @Test
  void piecesAreAllOfItOnce() {
    for (double share : new double[] {0.3, 1}) {
      int[] together =
          IntStream.range(0, 4)
              .flatMap(
                  piece ->
                      Arrays.stream(
                          new CycleShards(DatasetSplit.TRAIN, 0, share, 1, piece, 4)
                              .rows("train-00000.bin", 1_001)))
              .sorted()
              .toArray();
      assertArrayEquals(rows(share, 1, 1_001), together);
    }
  }

  @Test
  void ofAFewLongRowsOneIsTaken() {
    assertEquals(1, rows(1e-6, 1, 3).length);
    assertEquals(3, IntStream.range(0, 50).map(seed -> rows(1e-6, seed, 3)[0]).distinct().count());
    assertEquals(0, rows(0.5, 1, 0).length);
  }
}
