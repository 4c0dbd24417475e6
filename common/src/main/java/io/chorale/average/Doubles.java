package io.chorale.average;

/**
 * Float32 elements as doubles and back, a piece at a time that stays in the processor's first
 * cache.
 *
 * <p>A loop that converts and computes at once takes three to five times as long as loops that do
 * one of both: HotSpot vectorises no loop over elements of two widths, and on x86 its conversion
 * waits for whatever the target register held before (JDK-8318562).
 */
final class Doubles {
  /** Elements of a piece: a multiple of every codec's block. */
  static final int PIECE = 1024;

  private Doubles() {}

  /** Copies {@code count} elements, the first one from {@code at}, to the begin of a piece. */
  static void widen(float[] from, int at, int count, double[] to) {
    for (int i = 0; i < count; i++) {
      to[i] = from[at + i];
    }
  }

  /** Rounds the first {@code count} elements of a piece to float32, the first one to {@code at}. */
  static void narrow(double[] from, int count, float[] to, int at) {
    for (int i = 0; i < count; i++) {
      to[at + i] = (float) from[i];
    }
  }

  /** {@code a = a + b}. */
  static void add(double[] a, double[] b, int count) {
    for (int i = 0; i < count; i++) {
      a[i] += b[i];
    }
  }

  /** {@code a = a - b}. */
  static void subtract(double[] a, double[] b, int count) {
    for (int i = 0; i < count; i++) {
      a[i] -= b[i];
    }
  }
}
