package io.chorale.jobs.retrain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.chorale.data.Column;
import io.chorale.data.Ids;
import io.chorale.data.Numbers;
import io.chorale.data.Row;
import io.chorale.data.Values;
import io.chorale.jobs.retrain.DriftCounts.Side;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Divergences that are known, and what is counted of each kind of column. */
class DriftCountsTest {
  private static Row row(String column, Values cell) {
    return new Row(Map.of(column, cell));
  }

  @Test
  void divergenceIsThatOfTheDistributions() {
    assertEquals(0, DriftCounts.divergence(new long[] {3, 1, 0}, new long[] {6, 2, 0}), 1e-12);
    assertEquals(1, DriftCounts.divergence(new long[] {3, 1, 0}, new long[] {0, 0, 5}), 1e-12);
    // Of (1, 0) and (1/2, 1/2) it is H(3/4, 1/4) less half of their entropies, 0 and 1.
    double mixed = -(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25)) / Math.log(2);
    assertEquals(mixed - 0.5, DriftCounts.divergence(new long[] {9, 0}, new long[] {4, 4}), 1e-12);
    assertEquals(0, DriftCounts.divergence(new long[] {0, 0}, new long[] {4, 4}));
  }

  @Test
  void idsHaveLengthsAndUnknownOnes() {
    DriftCounts some = new DriftCounts(Column.ids(Column.TEXT, 4));
    DriftCounts more = new DriftCounts(Column.ids(Column.TEXT, 4));
    some.add(Side.OLD, row(Column.TEXT, Ids.of(0, 1, 1)));
    more.add(Side.OLD_TOO, row(Column.TEXT, Ids.of(0, 1, 1, 0, 3)));
    more.add(Side.NEW, row(Column.TEXT, Ids.of(2, 3)));
    some.add(more);
    Drift.OfColumn change = some.change(new boolean[] {false, false, false, true}, true);
    assertEquals(new Drift.Change(4, 2), change.length());
    assertEquals(new Drift.Change(0.125, 0.5), change.unknown());
    assertEquals(
        DriftCounts.divergence(new long[] {3, 4, 0, 1}, new long[] {0, 0, 1, 1}),
        change.divergence());
    assertEquals(
        DriftCounts.divergence(new long[] {1, 2, 0, 0}, new long[] {2, 2, 0, 1}), change.noise());
    assertEquals(change.divergence() - change.noise(), change.shift(), 1e-12);
    assertNull(change.mean());
  }

  @Test
  void labelsHaveADivergenceAndNumbersAMean() {
    DriftCounts labels = new DriftCounts(Column.label(Column.LABEL, 2));
    labels.add(Side.OLD, row(Column.LABEL, Ids.of(0)));
    labels.add(Side.OLD_TOO, row(Column.LABEL, Ids.of(0)));
    labels.add(Side.NEW, row(Column.LABEL, Ids.of(1)));
    Drift.OfColumn change = labels.change(new boolean[0], true);
    assertEquals(1, change.divergence(), 1e-12);
    assertEquals(0, change.noise(), 1e-12);
    assertNull(change.length());
    assertNull(change.unknown());

    DriftCounts numbers = new DriftCounts(Column.vector(Column.VECTOR, 2));
    numbers.add(Side.OLD, row(Column.VECTOR, Numbers.of(2, 1f, 2f)));
    numbers.add(Side.OLD_TOO, row(Column.VECTOR, Numbers.of(2, 3f, 4f)));
    numbers.add(Side.NEW, row(Column.VECTOR, Numbers.of(2, 10f, 20f)));
    Drift.OfColumn mean = numbers.change(new boolean[0], true);
    assertEquals(new Drift.Change(2.5, 15), mean.mean());
    assertNull(mean.divergence());
    assertEquals(0, mean.shift());
  }
}
