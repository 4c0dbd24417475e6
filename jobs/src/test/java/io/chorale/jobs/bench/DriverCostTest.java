package io.chorale.jobs.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.chorale.jobs.bench.DriverCost.Point;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DriverCostTest {
  @Test
  void findsTheCostsBehindThePoints() {
    List<Point> points = new ArrayList<>();
    for (int workers : new int[] {2, 4, 8}) {
      for (long parameters : new long[] {1_000_000, 5_000_000}) {
        points.add(new Point(parameters, workers, cost(parameters, workers)));
      }
    }
    DriverCost model = DriverCost.fit(points);
    assertEquals(cost(600_000_000, 1000), model.cpuSeconds(600_000_000, 1000), 1e-6);
  }

  @Test
  void pointsThatDetermineNothingAreRefused() {
    List<Point> same = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      same.add(new Point(1_000_000, 2, 0.1));
    }
    assertThrows(IllegalArgumentException.class, () -> DriverCost.fit(same));
    assertThrows(IllegalArgumentException.class, () -> DriverCost.fit(same.subList(0, 3)));
  }

  private static double cost(long parameters, int workers) {
    return 0.1 + 0.003 * workers + 0.02e-6 * parameters;
  }
}
