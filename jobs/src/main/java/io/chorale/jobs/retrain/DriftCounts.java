package io.chorale.jobs.retrain;

import io.chorale.data.Column;
import io.chorale.data.Ids;
import io.chorale.data.Numbers;
import io.chorale.data.Row;
import io.chorale.data.Values;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Counts what rows have in a column, apart for each {@link Side}. Those of parts of the rows add up
 * to those of all, in any order but for the last digits of sums of real numbers.
 */
final class DriftCounts implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Which rows: the old ones in two halves, which tell how much is noise. */
  enum Side {
    OLD,
    OLD_TOO,
    NEW
  }

  private static final double LOG_2 = Math.log(2);

  private final Column column;
  private final long[][] counts = new long[Side.values().length][];
  private final long[] rows = new long[Side.values().length];
  private final long[] steps = new long[Side.values().length];
  private final double[] sums = new double[Side.values().length];

  DriftCounts(Column column) {
    this.column = column;
    for (int side = 0; side < counts.length; side++) {
      counts[side] = new long[column.whole() ? column.size() : 0];
    }
  }

  static List<DriftCounts> of(List<Column> columns) {
    return new ArrayList<>(columns.stream().map(DriftCounts::new).toList());
  }

  Column column() {
    return column;
  }

  void add(Side side, Row row) {
    Values cell = row.cell(column.name());
    int at = side.ordinal();
    rows[at]++;
    steps[at] += cell.length();
    if (cell instanceof Ids ids) {
      for (int id : ids.values()) {
        counts[at][id]++;
      }
    } else {
      for (float value : ((Numbers) cell).values()) {
        sums[at] += value;
      }
    }
  }

  void add(DriftCounts others) {
    for (int side = 0; side < counts.length; side++) {
      for (int id = 0; id < counts[side].length; id++) {
        counts[side][id] += others.counts[side][id];
      }
      rows[side] += others.rows[side];
      steps[side] += others.steps[side];
      sums[side] += others.sums[side];
    }
  }

  /**
   * What has changed.
   *
   * @param unknown which ids stand for what is not known; empty where that cannot be told
   * @param lengths whether a row is as long as what it stands for: one of a series is as long as
   *     the part of it that came at once
   */
  Drift.OfColumn change(boolean[] unknown, boolean lengths) {
    long[] old = sum(counts[0], counts[1]);
    boolean whole = column.whole();
    return new Drift.OfColumn(
        column.name(),
        whole ? divergence(old, counts[2]) : null,
        whole ? divergence(counts[0], counts[1]) : null,
        lengths && column.ragged()
            ? new Drift.Change(
                share(steps[0] + steps[1], rows[0] + rows[1]), share(steps[2], rows[2]))
            : null,
        unknown.length == 0
            ? null
            : new Drift.Change(share(old, unknown), share(counts[2], unknown)),
        whole
            ? null
            : new Drift.Change(
                mean(sums[0] + sums[1], numbers(0) + numbers(1)), mean(sums[2], numbers(2))));
  }

  private static double mean(double sum, long numbers) {
    return sum / Math.max(1, numbers);
  }

  private long numbers(int side) {
    return steps[side] * Math.max(1, column.size());
  }

  private static long[] sum(long[] some, long[] others) {
    long[] all = some.clone();
    for (int id = 0; id < all.length; id++) {
      all[id] += others[id];
    }
    return all;
  }

  private static double share(long some, long all) {
    return (double) some / Math.max(1, all);
  }

  private static double share(long[] counts, boolean[] of) {
    long some = 0;
    long all = 0;
    for (int id = 0; id < counts.length; id++) {
      some += of[id] ? counts[id] : 0;
      all += counts[id];
    }
    return share(some, all);
  }

  /** In bits; 0 where one of them has counted nothing. */
  static double divergence(long[] some, long[] others) {
    double all = Arrays.stream(some).sum();
    double allOthers = Arrays.stream(others).sum();
    if (all == 0 || allOthers == 0) {
      return 0;
    }
    double sum = 0;
    for (int id = 0; id < some.length; id++) {
      double p = some[id] / all;
      double q = others[id] / allOthers;
      double mean = (p + q) / 2;
      sum += part(p, mean) + part(q, mean);
    }
    return Math.min(1, Math.max(0, sum / 2));
  }

  private static double part(double p, double mean) {
    return p == 0 ? 0 : p * Math.log(p / mean) / LOG_2;
  }
}
