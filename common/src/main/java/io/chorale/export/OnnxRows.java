package io.chorale.export;

/**
 * Names of values that say how long the rows of a graph are.
 *
 * @param time T, with one axis
 * @param lengths of the rows [B], int64; empty where all are T
 * @param inside whether a step is one of its row [B, T], bool; empty where all are
 */
record OnnxRows(String time, String lengths, String inside) {
  static OnnxRows equal(String time) {
    return new OnnxRows(time, "", "");
  }

  boolean ragged() {
    return !lengths.isEmpty();
  }
}
