package io.chorale.jobs.tokenize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.DatasetSplit;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeriesDealerTest {
  private static final int HISTORY = 5;

  /** Runs of 40, 3 and 57 steps; validation begins within the last one, test after it. */
  private static final SeriesShape SHAPE =
      new SeriesShape("a", 0, new long[] {0, 40, 43, 100}, new long[] {60, 80, 96});

  /** Every step that a forecast may begin after is dealt once, whatever the number of shards. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7})
  void everyCountedStepIsDealtOnce(int shards) {
    long[] totals = new long[DatasetSplit.values().length];
    for (SeriesShape.Stretch stretch : SHAPE.stretches(HISTORY)) {
      totals[stretch.split().ordinal()] += stretch.counted(HISTORY);
    }
    assertEquals(List.of(47L, 20L, 16L), List.of(totals[0], totals[1], totals[2]));

    ShardNumbers numbers = new ShardNumbers(new int[] {shards, shards, shards});
    SeriesDealer dealer = new SeriesDealer(numbers, totals, new long[totals.length], HISTORY);
    TreeMap<Long, Integer> counted = new TreeMap<>();
    long[] byShard = new long[3 * shards];
    for (SeriesDealer.Piece piece : dealer.deal(SHAPE)) {
      assertTrue(piece.history() < piece.from() && piece.from() < piece.to(), piece.toString());
      for (long rank = Math.max(piece.from(), piece.history() + HISTORY);
          rank < piece.to();
          rank++) {
        counted.merge(rank, 1, Integer::sum);
        byShard[piece.shard()]++;
      }
    }

    TreeMap<Long, Integer> expected = new TreeMap<>();
    for (long rank = HISTORY; rank < 40; rank++) {
      expected.put(rank, 1);
    }
    for (long rank = 43 + HISTORY; rank < 96; rank++) {
      expected.put(rank, 1);
    }
    assertEquals(expected, counted);
    for (DatasetSplit split : DatasetSplit.values()) {
      for (int i = 0; i < shards; i++) {
        double share = (double) totals[split.ordinal()] / shards;
        long found = byShard[split.ordinal() * shards + i];
        assertTrue(Math.abs(found - share) < 1, "%s %d: %d".formatted(split, i, found));
      }
    }
  }
}
