package io.chorale.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.SettingsException;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ShardPlanTest {
  @Test
  void everyShardHasOneOwnerAndEveryWorkerAShard() {
    long[] tokens = IntStream.range(0, 23).mapToLong(i -> 1 + i * i % 7).toArray();
    for (int workers = 1; workers <= 23; workers++) {
      int[][] plan = ShardPlan.assign(4, workers, tokens);
      assertEquals(workers, plan.length);
      assertArrayEquals(
          IntStream.range(0, 23).toArray(),
          Arrays.stream(plan).flatMapToInt(Arrays::stream).sorted().toArray());
      for (int[] shards : plan) {
        assertTrue(shards.length > 0);
        assertArrayEquals(Arrays.stream(shards).sorted().toArray(), shards);
      }
    }
  }

  @Test
  void workersGetAboutEqualTokens() {
    long[] equal = new long[16];
    Arrays.fill(equal, 1L << 40);
    for (int[] shards : ShardPlan.assign(1, 4, equal)) {
      assertEquals(4, shards.length);
    }
    long[] uneven = {100, 1, 1, 1, 50, 50, 1, 1, 1, 1, 30, 30, 30, 3};
    for (int[] shards : ShardPlan.assign(1, 3, uneven)) {
      assertEquals(100.0, (double) Arrays.stream(shards).mapToLong(i -> uneven[i]).sum(), 10.0);
    }
  }

  @Test
  void theSeedDecidesAndNothingElse() {
    long[] equal = new long[16];
    Arrays.fill(equal, 9);
    int[][] plan = ShardPlan.assign(1, 4, equal);
    assertTrue(Arrays.deepEquals(plan, ShardPlan.assign(1, 4, equal)));
    assertFalse(Arrays.deepEquals(plan, ShardPlan.assign(2, 4, equal)));
  }

  @Test
  void moreWorkersThanShardsAreRefused() {
    assertEquals(
        "Cannot train with 3 workers: the training split has 2 shards, expected at least one a"
            + " worker. Lower train.workers, or tokenize again with data.shards of at least 3.",
        assertThrows(SettingsException.class, () -> ShardPlan.assign(1, 3, new long[] {5, 5}))
            .getMessage());
  }
}
