package io.chorale.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MaskingTest {
  private static final int VOCABULARY = 50;

  private static Row row(int length) {
    return new Row(
        Map.of("text", Ids.of(IntStream.range(0, length).map(i -> i % VOCABULARY).toArray())));
  }

  private static int[] ids(Row row, String column) {
    return ((Ids) row.cell(column)).values();
  }

  private static long hidden(Row row) {
    return Arrays.stream(ids(row, Masking.HIDDEN)).filter(id -> id != Batch.IGNORED).count();
  }

  @ParameterizedTest
  @CsvSource({"0.15,1,1", "0.15,3,1", "0.15,10,2", "0.15,100,15", "1,7,7", "0.001,9,1"})
  void aRowHidesAFixedNumberOfTokens(double share, int length, int expected) {
    Masking masking = new Masking(VOCABULARY, share);
    assertEquals(expected, masking.hidden(length));
    for (long seed = 0; seed < 20; seed++) {
      assertEquals(expected, hidden(masking.prepare(row(length), seed)));
    }
  }

  /** 80 % are masked, 10 % another token, 10 % as they were; what is not to be found stays. */
  @Test
  void whatIsHiddenIsMaskedAsInBert() {
    Masking masking = new Masking(VOCABULARY, 0.2);
    int masked = 0;
    int kept = 0;
    int all = 0;
    int[] found = new int[400];
    for (long seed = 0; seed < 200; seed++) {
      Row row = row(400);
      Row prepared = masking.prepare(row, seed);
      int[] text = ids(row, "text");
      int[] read = ids(prepared, "text");
      int[] hidden = ids(prepared, Masking.HIDDEN);
      for (int i = 0; i < text.length; i++) {
        if (hidden[i] == Batch.IGNORED) {
          assertEquals(text[i], read[i]);
          continue;
        }
        assertEquals(text[i], hidden[i]);
        all++;
        found[i]++;
        masked += read[i] == VOCABULARY ? 1 : 0;
        kept += read[i] == text[i] ? 1 : 0;
      }
    }
    assertEquals(200 * 80, all);
    assertEquals(0.8, masked / (double) all, 0.02);
    // A random token may be the same one.
    assertEquals(0.1 + 0.1 / VOCABULARY, kept / (double) all, 0.02);
    // Every place is as likely: 40 of 200, with a deviation of 5.7.
    Arrays.stream(found).forEach(count -> assertEquals(40, count, 25));
  }

  @Test
  void theSeedsAloneDecide() {
    Masking masking = new Masking(VOCABULARY, 0.15);
    Row first = masking.prepare(row(100), 1, 2, 3);
    assertArrayEquals(ids(first, "text"), ids(masking.prepare(row(100), 1, 2, 3), "text"));
    assertFalse(
        Arrays.equals(
            ids(first, Masking.HIDDEN), ids(masking.prepare(row(100), 1, 3, 2), Masking.HIDDEN)));
  }

  @Test
  void aBatchAsksForWhatIsHidden() {
    Masking masking = new Masking(VOCABULARY, 0.15);
    RowBatches feed = new RowBatches(List.of("text"), Masking.HIDDEN, 64, 4, 1, 100, masking);
    Batch batch = feed.batch(List.of(masking.prepare(row(20), 1), masking.prepare(row(3), 2)));
    assertEquals(3 + 1, batch.predictions());
    assertEquals(20, batch.ids(Masking.HIDDEN).length());
    assertArrayEquals(new int[] {20, 3}, batch.ids("text").lengths());
    // Padding is neither read nor asked for.
    assertEquals(
        4,
        Arrays.stream(batch.ids(Masking.HIDDEN).values())
            .filter(id -> id != Batch.IGNORED)
            .count());
  }
}
