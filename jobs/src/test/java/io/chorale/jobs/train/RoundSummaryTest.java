package io.chorale.jobs.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chorale.average.Distance;
import io.chorale.io.FloatVector;
import io.chorale.jobs.round.WorkerReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RoundSummaryTest {
  private static final int LENGTH = 7;

  private static FloatVector wave(double phase) {
    FloatVector vector = new FloatVector(LENGTH);
    for (int i = 0; i < LENGTH; i++) {
      vector.slice(0)[i] = (float) Math.sin(1.3 * i + phase);
    }
    return vector;
  }

  /** What the workers know alone gives their distance from the mean that none of them sees. */
  @Test
  void workersStandAsFarFromTheirMeanAsCountedDirectly() {
    long[] tokens = {100, 300, 50};
    FloatVector anchor = wave(0);
    FloatVector mean = new FloatVector(LENGTH);
    List<WorkerReport.Trained> reports = new ArrayList<>();
    long all = 450;
    for (int worker = 0; worker < tokens.length; worker++) {
      FloatVector own = wave(1 + worker);
      for (int i = 0; i < LENGTH; i++) {
        mean.slice(0)[i] += (float) ((double) tokens[worker] / all * own.get(i));
      }
      double moved = Distance.square(anchor.slice(0), own.slice(0));
      reports.add(
          new WorkerReport.Trained(
              worker, 4, tokens[worker], 1, 1, 1, 1, moved, 0, null, "", Map.of()));
    }
    double squares = 0;
    for (int worker = 0; worker < tokens.length; worker++) {
      for (int i = 0; i < LENGTH; i++) {
        double way = wave(1 + worker).get(i) - mean.get(i);
        squares += tokens[worker] * way * way / all;
      }
    }
    double deltaNorm = Math.sqrt(Distance.square(anchor.slice(0), mean.slice(0)));
    assertEquals(Math.sqrt(squares), RoundSummary.distance(reports, all, deltaNorm), 1e-6);
    assertEquals(
        Math.sqrt(Distance.square(mean.slice(0), new float[LENGTH])), Distance.norm(mean), 1e-9);
  }
}
