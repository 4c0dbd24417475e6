package io.chorale.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.random.SplitMix64;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContextSharesTest {
  private static final double CLOSE = 1e-12;

  private static int[] lengths(int rows, int longest) {
    SplitMix64 random = SplitMix64.of(5, rows, longest);
    int[] lengths = new int[rows];
    Arrays.setAll(lengths, i -> 1 + (int) random.below(longest));
    return lengths;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 20, 64})
  void aBorderCutsAsManyRowsAsOverAllPlacesToBegin(int context) {
    int[] lengths = lengths(100, 40);
    long cut = 0;
    for (int begin = 0; begin < context; begin++) {
      int first = 0;
      for (int length : lengths) {
        boolean inside = false;
        for (int token = first + 1; token < first + length; token++) {
          inside |= token % context == begin;
        }
        cut += inside ? 1 : 0;
        first += length;
      }
    }
    double expected = cut / (double) context / lengths.length;
    assertEquals(expected, ContextShares.of(lengths, context, 4).bordered(), CLOSE);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 20, 64})
  void rowsAreCutAndPaddedAsInBatchesOfLikeLength(int context) {
    int[] lengths = lengths(100, 40);
    int[] sorted = Arrays.stream(lengths).map(length -> Math.min(length, context)).toArray();
    Arrays.sort(sorted);
    int padded = 0;
    for (int row = 0; row < 100; row++) {
      int last = Math.min(99, row / 8 * 8 + 7);
      padded += sorted[last];
    }
    ContextShares shares = ContextShares.of(lengths, context, 8);
    int tokens = Arrays.stream(lengths).sum();
    int kept = Arrays.stream(sorted).sum();
    assertEquals(context, shares.context());
    assertEquals(1 - kept / (double) padded, shares.padding(), CLOSE);
    assertEquals(1 - kept / (double) tokens, shares.beyond(), CLOSE);
    long longer = Arrays.stream(lengths).filter(length -> length > context).count();
    assertEquals(longer / 100.0, shares.longer(), CLOSE);
  }

  /** Only some batches are sorted together, as in training, whatever the order of the rows. */
  @Test
  void manyRowsArePaddedMoreThanIfAllWereSorted() {
    int batch = 2;
    int[] lengths = new int[10 * RowSource.POOL * batch];
    Arrays.setAll(lengths, i -> 1 + i % 640);
    Arrays.sort(lengths);
    double padding = ContextShares.of(lengths, 4096, batch).padding();
    // Of 128 rows of lengths up to 640 the longer one of two neighbours is longer by about 640/129.
    double expected = 640.0 / 129 / 2 / 320;
    assertTrue(Math.abs(padding / expected - 1) < 0.15, padding + " beside " + expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 20, 64})
  void packedRowsAreAsFullAsBestFitMakesThem(int context) {
    int[] lengths = lengths(60, 40);
    List<Integer> pieces = new ArrayList<>();
    for (int length : lengths) {
      for (int rest = length; rest > 0; rest -= context) {
        pieces.add(Math.min(rest, context));
      }
    }
    pieces.sort(Collections.reverseOrder());
    List<Integer> room = new ArrayList<>();
    for (int piece : pieces) {
      int best = -1;
      for (int row = 0; row < room.size(); row++) {
        if (room.get(row) >= piece && (best < 0 || room.get(row) < room.get(best))) {
          best = row;
        }
      }
      if (best < 0) {
        best = room.size();
        room.add(context);
      }
      room.set(best, room.get(best) - piece);
    }
    double filled = Arrays.stream(lengths).sum() / (double) (room.size() * context);
    assertEquals(filled, ContextShares.of(lengths, context, 4).filled(), CLOSE);
  }
}
