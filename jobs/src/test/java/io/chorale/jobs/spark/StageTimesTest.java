package io.chorale.jobs.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class StageTimesTest {
  private static final int PARTS = 6;
  private static final int SLOW_MILLIS = 1_000;
  private static final int MILLIS = 50;

  // Each task may fail once.
  @RegisterExtension static final SharedSession SPARK = new SharedSession("local[2,2]");

  /** A stage of parts, of which the first is slow and fails before it does its work. */
  private static void run(JavaSparkContext context, int parts) {
    List<Integer> numbers = IntStream.range(0, parts).boxed().toList();
    context
        .parallelize(numbers, parts)
        .map(
            number -> {
              boolean first = number == 0;
              if (first && org.apache.spark.TaskContext.get().attemptNumber() == 0) {
                throw new IllegalStateException("fails once");
              }
              Thread.sleep(first ? SLOW_MILLIS : MILLIS);
              return number;
            })
        .collect();
  }

  @Test
  void aWarmCoreTakesTheMedianOfTheLaterHalfForEachPart() {
    JavaSparkContext context = SPARK.session().context();
    try (StageTimes times = new StageTimes(context)) {
      assertEquals(0, times.coreSeconds(PARTS));
      context.setLocalProperty(PartStage.PROPERTY, "encode");
      run(context, PARTS);
      context.setLocalProperty(PartStage.PROPERTY, null);
      double seconds = times.coreSeconds(PARTS);
      assertTrue(seconds >= PARTS * MILLIS / 1e3, seconds + " s");
      assertTrue(seconds < PARTS * SLOW_MILLIS / 1e3, seconds + " s");
      assertEquals(0, times.coreSeconds(PARTS + 1), "no stage has so many parts");
      run(context, PARTS);
      assertEquals(seconds, times.coreSeconds(PARTS), "of a stage of another kind");
    }
  }
}
