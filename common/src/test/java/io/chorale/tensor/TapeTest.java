package io.chorale.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class TapeTest {
  @Test
  void releasesWhenTheWayBackIsGivenUp() {
    int[] released = new int[1];
    try (Tape tape = new Tape()) {
      tape.whenDone(() -> released[0]++);
      assertEquals(0, released[0]);
    }
    assertEquals(1, released[0]);
  }

  @Test
  void releasesAtOnceWhereThereIsNoWayBack() {
    int[] released = new int[1];
    Tape.NONE.whenDone(() -> released[0]++);
    assertEquals(1, released[0]);
    Tape.NONE.close();
    assertEquals(1, released[0]);
  }
}
