package io.chorale.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BestFitTest {
  @Test
  void anItemGoesWhereItLeavesLeastRoom() {
    // 6 and 7 open rows; 3 fits both and fills the second, 4 the first; 2 needs a third.
    BestFit packed = BestFit.of(new int[] {3, 6, 2, 7, 4}, 10);
    assertEquals(3, packed.rows());
    assertArrayEquals(new int[] {3, 0}, packed.row(0));
    assertArrayEquals(new int[] {1, 4}, packed.row(1));
    assertArrayEquals(new int[] {2}, packed.row(2));
  }

  /** By the definition: of the rows with room, one with least; of equally long items the first. */
  @Test
  void leavesTheRoomOfAPlainSearch() {
    Random random = new Random(1);
    for (int i = 0; i < 500; i++) {
      int room = 1 + random.nextInt(i % 2 == 0 ? 12 : 200);
      int[] lengths = random.ints(random.nextInt(60), 1, room + 1).toArray();
      BestFit packed = BestFit.of(lengths, room);
      int[] rooms = new int[lengths.length];
      int rows = 0;
      for (int length : sorted(lengths)) {
        int best = -1;
        for (int row = 0; row < rows; row++) {
          if (rooms[row] >= length && (best < 0 || rooms[row] < rooms[best])) {
            best = row;
          }
        }
        if (best < 0) {
          best = rows++;
          rooms[best] = room;
        }
        rooms[best] -= length;
      }
      int[] left =
          IntStream.range(0, packed.rows())
              .map(row -> room - Arrays.stream(packed.row(row)).map(item -> lengths[item]).sum())
              .sorted()
              .toArray();
      assertArrayEquals(Arrays.stream(rooms, 0, rows).sorted().toArray(), left);
      assertEveryItemOnce(packed, lengths.length);
    }
  }

  private static void assertEveryItemOnce(BestFit packed, int items) {
    BitSet seen = new BitSet();
    for (int row = 0; row < packed.rows(); row++) {
      for (int item : packed.row(row)) {
        assertTrue(!seen.get(item), "packed twice");
        seen.set(item);
      }
    }
    assertEquals(items, seen.cardinality());
  }

  @Test
  void needsHardlyMoreRowsThanTheBestOfAllPackings() {
    Random random = new Random(2);
    int optimal = 0;
    for (int i = 0; i < 300; i++) {
      int room = 4 + random.nextInt(20);
      int[] lengths = random.ints(1 + random.nextInt(8), 1, room + 1).toArray();
      int fewest = fewest(sorted(lengths), 0, new int[lengths.length], 0, room, lengths.length);
      int rows = BestFit.of(lengths, room).rows();
      assertTrue(rows <= fewest + 1, rows + " rows instead of " + fewest);
      optimal += rows == fewest ? 1 : 0;
    }
    assertTrue(optimal > 285, optimal + " of 300 packings are the best");
  }

  /** The fewest rows, by trying every row for every item. */
  private static int fewest(int[] lengths, int item, int[] used, int rows, int room, int best) {
    if (item == lengths.length || rows >= best) {
      return Math.min(rows, best);
    }
    int found = best;
    for (int row = 0; row <= rows && row < used.length; row++) {
      if (used[row] + lengths[item] <= room) {
        used[row] += lengths[item];
        int then = row == rows ? rows + 1 : rows;
        found = fewest(lengths, item + 1, used, then, room, found);
        used[row] -= lengths[item];
      }
    }
    return found;
  }

  private static int[] sorted(int[] lengths) {
    return Arrays.stream(lengths)
        .boxed()
        .sorted(Comparator.reverseOrder())
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** Lengths as natural text has them, most of them short, cut at the room. */
  @Test
  void rowsAreNearlyFull() {
    Random random = new Random(3);
    int room = 1024;
    int[] lengths =
        IntStream.range(0, 20_000)
            .map(i -> (int) Math.min(room, Math.max(1, 300 * Math.exp(random.nextGaussian()))))
            .toArray();
    BestFit packed = BestFit.of(lengths, room);
    double full = (double) Arrays.stream(lengths).sum() / ((double) packed.rows() * room);
    assertTrue(full > 0.97, "rows are full by " + full);
  }

  @Test
  void refusesWhatFitsNoRow() {
    assertThrows(IllegalArgumentException.class, () -> BestFit.of(new int[] {5}, 4));
    assertThrows(IllegalArgumentException.class, () -> BestFit.of(new int[] {0}, 4));
    assertEquals(0, BestFit.of(new int[0], 4).rows());
  }
}
