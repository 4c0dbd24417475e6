package io.chorale.export;

import java.util.Map;

/**
 * Names of values that say how long the rows of a graph are.
 *
 * @param time T, with one axis
 * @param lengths of the rows [B], int64; empty where all are T
 * @param inside whether a step is one of its row [B, T], bool; empty where all are
 */
record OnnxRows(String time, String lengths, String inside) {
  /** The input that says how long rows are. */
  private static final String LENGTHS = "lengths";

  /** Rows that are all as long as a value. */
  static OnnxRows equal(OnnxGraph graph, String value) {
    return new OnnxRows(size(graph, value, 1), "", "");
  }

  /**
   * Rows of a value that are as long as an input says.
   *
   * @param axis of the value which is that of the steps
   */
  static OnnxRows ragged(OnnxGraph graph, String value, int axis) {
    String time = size(graph, value, axis);
    String lengths = graph.input(LENGTHS, true, OnnxTask.BATCH);
    String ends = graph.add("Unsqueeze", lengths, graph.integers(1));
    return new OnnxRows(time, lengths, graph.add("Less", steps(graph, time), ends));
  }

  private static String size(OnnxGraph graph, String value, int axis) {
    return graph.add("Shape", Map.of("start", axis, "end", axis + 1), value);
  }

  private static String steps(OnnxGraph graph, String time) {
    String end = graph.add("Squeeze", time, graph.integers(0));
    return graph.add("Range", graph.integer(0), end, graph.integer(1));
  }

  /** 0 to T - 1. */
  String steps(OnnxGraph graph) {
    return steps(graph, time);
  }

  boolean ragged() {
    return !lengths.isEmpty();
  }

  /**
   * Zero for steps of a row, below zero without end behind its end.
   *
   * @param axes that stand between those of rows and steps
   */
  String padding(OnnxGraph graph, long... axes) {
    String seen =
        graph.add("Where", inside, graph.number(0), graph.number(Double.NEGATIVE_INFINITY));
    return graph.add("Unsqueeze", seen, graph.integers(axes));
  }

  /** Vectors of steps [B, T, W], zero behind the end of a row. */
  String clean(OnnxGraph graph, String values) {
    return ragged()
        ? graph.add(
            "Where", graph.add("Unsqueeze", inside, graph.integers(2)), values, graph.number(0))
        : values;
  }
}
