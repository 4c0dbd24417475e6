package io.chorale.jobs.tokenize;

import io.chorale.config.SettingsException;
import io.chorale.data.TimeStep;
import java.io.Serializable;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.spark.api.java.JavaPairRDD;
import scala.Tuple2;

/** Finds the step of series: the most frequent time between two steps that follow each other. */
final class StepLengths {
  private StepLengths() {}

  /**
   * The most frequent one: the shortest of equally frequent ones, and milliseconds rather than
   * months. Each is counted exactly, so it does not depend on how the work was cut. One of months
   * is on the day that all steps are on, where there is one.
   *
   * @param steps sorted by series and time
   */
  static TimeStep mostFrequent(JavaPairRDD<StepKey, float[]> steps) {
    List<Tuple2<TimeStep, Long>> first =
        steps
            .mapPartitionsToPair(part -> lengths(new SeriesSteps(part)))
            .reduceByKey(Long::sum)
            .takeOrdered(1, new FrequentFirst());
    if (first.isEmpty()) {
      throw new SettingsException(
          "Cannot read the corpus: no series has two steps at different times, expected many. Check corpus.time-field and corpus.group-field.");
    }
    TimeStep step = first.get(0)._1();
    return step.months() == 0
        ? step
        : step.on(steps.map(found -> TimeStep.days(found._1().time())).reduce((a, b) -> a & b));
  }

  private static Iterator<Tuple2<TimeStep, Long>> lengths(Iterator<SeriesSteps.Step> steps) {
    Iterable<SeriesSteps.Step> once = () -> steps;
    return StreamSupport.stream(once.spliterator(), false)
        .filter(step -> !step.aside() && !step.begins())
        .flatMap(step -> between(step.before(), step.key().time()))
        .map(length -> new Tuple2<>(length, 1L))
        .iterator();
  }

  /** The time between two steps: in milliseconds, and in months where it is some whole ones. */
  private static Stream<TimeStep> between(long from, long to) {
    long months = TimeStep.months(from, to);
    TimeStep exact = new TimeStep(0, to - from);
    return months > 0 ? Stream.of(exact, new TimeStep(months, 0)) : Stream.of(exact);
  }

  private static final class FrequentFirst
      implements Comparator<Tuple2<TimeStep, Long>>, Serializable {
    private static final long serialVersionUID = 1L;

    @Override
    public int compare(Tuple2<TimeStep, Long> a, Tuple2<TimeStep, Long> b) {
      return Comparator.comparing((Tuple2<TimeStep, Long> found) -> -found._2())
          .thenComparing(found -> found._1().months())
          .thenComparing(found -> found._1().millis())
          .compare(a, b);
    }
  }
}
