package io.chorale.average;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.chorale.io.FloatVector;
import org.junit.jupiter.api.Test;

class RowExchangeTest {
  private static final int STRIDE = 8;
  private static final Exchange EXCHANGE = Exchange.ofRows(STRIDE);

  /** Rows whose elements all have one value. */
  private static FloatVector rows(float... values) {
    FloatVector rows = new FloatVector((long) STRIDE * values.length);
    for (int i = 0; i < rows.length(); i++) {
      rows.set(i, values[i / STRIDE]);
    }
    return rows;
  }

  private static byte[] sent(FloatVector anchor, FloatVector worker) {
    return EXCHANGE.encode(anchor.slice(0), worker.slice(0), null);
  }

  private static float[] average(FloatVector anchor, FloatVector... workers) {
    Exchange.Gathering gathering = EXCHANGE.gather(0, anchor);
    for (FloatVector worker : workers) {
      gathering.add(sent(anchor, worker), 1);
    }
    return EXCHANGE.parameters(anchor.slice(0), gathering.average());
  }

  /** A worker that left a row alone has no say; equal changes are averaged. */
  @Test
  void rowsAreAveragedByThoseThatMovedThem() {
    FloatVector anchor = rows(1, 1, 1, -0.0f);
    float[] average = average(anchor, rows(3, 1, 2, -0.0f), rows(1, 5, 2, -0.0f));
    assertArrayEquals(rows(3, 5, 2, -0.0f).slice(0), average);
  }

  @Test
  void onlyRowsThatMovedAreSent() {
    FloatVector anchor = rows(1, 2, 3);
    assertEquals(0, sent(anchor, rows(1, 2, 3)).length);
    assertEquals(4 + 4 * STRIDE, sent(anchor, rows(1, 2, 4)).length);
    assertArrayEquals(anchor.slice(0), average(anchor, rows(1, 2, 3)));
  }

  @Test
  void whatOneWorkerMovedComesOutToTheBit() {
    FloatVector moved = rows(1e-10f, Float.MIN_VALUE, 3);
    assertArrayEquals(moved.slice(0), average(rows(1e10f, -0.0f, 3), rows(1e10f, -0.0f, 3), moved));
  }

  @Test
  void rowsThatWouldLieInTwoSlicesAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> Exchange.ofRows(11));
  }
}
