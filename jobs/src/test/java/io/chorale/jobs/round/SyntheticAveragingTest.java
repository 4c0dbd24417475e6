package io.chorale.jobs.round;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.average.Exchange;
import io.chorale.average.OuterOptimizer;
import io.chorale.average.OuterStep;
import io.chorale.config.AverageSettings;
import io.chorale.config.AverageSettings.Format;
import io.chorale.config.SettingsFile;
import io.chorale.io.FloatSlices;
import io.chorale.io.FloatVector;
import io.chorale.jobs.spark.Session;
import io.chorale.jobs.spark.SharedVector;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.apache.spark.MapOutputTrackerMaster;
import org.apache.spark.SparkEnv;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import scala.jdk.javaapi.CollectionConverters;

/** A round of arithmetic, through all that a round of a training goes through but the training. */
class SyntheticAveragingTest {
  private static final int WORKERS = 3;

  @TempDir Path temporary;

  /** An anchor in which every element follows from its place: a multiple of 2^-10 below 32. */
  private record Anchor(long length) implements FloatSlices {
    static float at(int slice, int index) {
      int mixed = (slice * FloatVector.SLICE + index) * 0x85EBCA6B;
      return (mixed >> 16) * 0x1p-10f;
    }

    @Override
    public float[] slice(int index) {
      float[] values = new float[FloatVector.sliceLength(length, index)];
      for (int i = 0; i < values.length; i++) {
        values[i] = at(index, i);
      }
      return values;
    }
  }

  /**
   * Checks every element of the next anchor; holds no more than what the driver collects at once.
   */
  private static void check(Session session, long parameters, Format send) {
    AverageSettings settings =
        SettingsFile.read(
                "test",
                "",
                List.of(
                    "average.outer=nesterov", "average.learning-rate=0.5", "average.momentum=0.5"))
            .average();
    Anchor anchor = new Anchor(parameters);
    SharedVector shared = SharedVector.of(session.context(), anchor, Format.FLOAT32);
    try {
      RoundJob job = RoundJob.synthetic(session.context(), WORKERS, shared, send);
      assertEquals(List.of(0, 1, 2), job.reports().stream().map(WorkerReport::worker).toList());
      OuterStep step = new OuterStep(OuterOptimizer.of(settings, WORKERS), Exchange.ofValues(send));
      long[] seen = {0};
      job.averages(
          (slice, averaged) -> {
            assertEquals(seen[0], (long) slice * FloatVector.SLICE);
            float[] values = anchor.slice(slice);
            float[][] state = {new float[values.length]};
            step.apply(values, averaged, state);
            for (int i = 0; i < values.length; i++) {
              // Moves of 1, 2, 3, weighted 1, 2, 3, have the mean 7/3 in float32.
              float before = Anchor.at(slice, i);
              float move = SyntheticWorkers.move(slice, i);
              float mean = (float) ((6.0 * before - 14.0 * move) / 6.0);
              if (send != Format.FLOAT32) {
                mean = (float) ((double) before - (float) (14.0 * move / 6.0));
              }
              double delta = (double) before - mean;
              if (values[i] != (float) (before - 0.5 * (delta + 0.5 * delta))
                  || state[0][i] != (float) delta) {
                throw new AssertionError(
                    "element %d of slice %d: %s".formatted(i, slice, values[i]));
              }
            }
            seen[0] += values.length;
          });
      assertEquals(parameters, seen[0]);
      assertEquals(4 * parameters, job.bytesReceived());
      assertEquals(Set.of(), shuffles(), "what was sent is still there");
    } finally {
      SharedVector.destroy(session.context(), shared);
    }
  }

  /** Numbers of the shuffles whose files the executors keep. */
  private static Set<Object> shuffles() {
    MapOutputTrackerMaster tracker = (MapOutputTrackerMaster) SparkEnv.get().mapOutputTracker();
    return CollectionConverters.asJava(tracker.shuffleStatuses().keySet());
  }

  @ParameterizedTest
  @EnumSource(
      value = Format.class,
      names = {"FLOAT32", "BFLOAT16"})
  void everyElementIsWhatArithmeticSays(Format send) {
    try (Session session = Session.open("synthetic", "local[2]")) {
      check(session, 17 * FloatVector.SLICE + 4321, send);
      check(session, 5, send);
    }
  }

  /** 2.4 GB a vector: beyond 2^31 bytes, one Java array and the heap. */
  @Test
  @EnabledIfSystemProperty(named = "chorale.tests.large", matches = "true")
  void sixHundredMillionParametersGoThroughTwoGibibytesOfHeap() {
    assertTrue(Runtime.getRuntime().maxMemory() <= 2L << 30, "run with -Xmx2g");
    System.setProperty("spark.local.dir", temporary.toString());
    try (Session session = Session.open("synthetic", "local[2]")) {
      check(session, 600_000_000L, Format.FLOAT32);
    } finally {
      System.clearProperty("spark.local.dir");
    }
  }

  @Test
  void slicesFillTheirPartitionsInOrder() {
    for (int slices : new int[] {0, 1, 127, 128, 129, 573, 100_000}) {
      SliceKey.BySlice partitions = new SliceKey.BySlice(slices);
      int[] count = new int[partitions.numPartitions()];
      int before = 0;
      for (int slice = 0; slice < slices; slice++) {
        int partition = partitions.getPartition(new SliceKey(slice, 0));
        assertTrue(partition >= before, "slice " + slice + " of " + slices);
        before = partition;
        count[partition]++;
      }
      for (int partition = 0; partition < partitions.slicePartitions(); partition++) {
        assertTrue(count[partition] > 0 && count[partition] <= partitions.mostSlices());
      }
      assertEquals(0, count[partitions.slicePartitions()], "the reports' own partition");
      assertEquals(partitions.slicePartitions(), partitions.getPartition(new SliceKey(slices, 0)));
    }
  }
}
