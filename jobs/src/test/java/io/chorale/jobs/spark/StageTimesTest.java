package io.chorale.jobs.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.io.Checksums;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class StageTimesTest {
  private static final int PARTS = 6;
  private static final int WORK = 1 << 24;

  // Each task may fail once.
  @RegisterExtension static final SharedSession SPARK = new SharedSession("local[2,2]");

  /** A stage of parts that all take some time, and of which the first fails once. */
  private static void run(JavaSparkContext context) {
    context
        .parallelize(IntStream.range(0, PARTS).boxed().toList(), PARTS)
        .map(
            number -> {
              if (number == 0 && TaskContext.get().attemptNumber() == 0) {
                throw new IllegalStateException("fails once");
              }
              return Checksums.sha256(new byte[WORK]);
            })
        .collect();
  }

  @Test
  void aWarmCoreTakesTheMedianOfTheLaterHalfForEachPart() {
    assertEquals(6 * 2.0, StageTimes.warm(List.of(9.0, 8.0, 7.0, 1.0, 2.0, 30.0)));
    assertEquals(3 * 4.0, StageTimes.warm(List.of(9.0, 4.0, 3.0)));
    assertEquals(5.0, StageTimes.warm(List.of(5.0)));
  }

  @Test
  void eachPartOfAStageOfPartsHasItsTimeOnce() {
    JavaSparkContext context = SPARK.session().context();
    try (StageTimes times = new StageTimes(context)) {
      assertEquals(0, times.coreSeconds(PARTS));
      context.setLocalProperty(PartStage.PROPERTY, "encode");
      run(context);
      context.setLocalProperty(PartStage.PROPERTY, null);
      double seconds = times.coreSeconds(PARTS);
      assertTrue(seconds > 0, seconds + " s");
      assertEquals(0, times.coreSeconds(PARTS + 1), "no stage has so many parts");
      run(context);
      assertEquals(seconds, times.coreSeconds(PARTS), "of a stage of another kind");
    }
  }
}
