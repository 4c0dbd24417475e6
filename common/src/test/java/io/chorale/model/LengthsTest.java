package io.chorale.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LengthsTest {
  @Test
  void rowsAreEqualWhereNoneIsPadded() {
    assertTrue(Lengths.equal(2, 3).equal());
    assertTrue(Lengths.of(new int[] {3, 3}, 3).equal());
    assertFalse(Lengths.of(new int[] {2, 3}, 3).equal());
    assertEquals(2, Lengths.of(new int[] {2, 3}, 3).of(0));
  }

  @Test
  void everyLengthIsFromOneToThatOfTheLongestRow() {
    for (int[] rows : new int[][] {{0, 3}, {3, 4}, {2, 2}, {}}) {
      assertThrows(IllegalArgumentException.class, () -> Lengths.of(rows, 3));
    }
  }
}
