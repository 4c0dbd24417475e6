package io.chorale.jobs.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.TaskInfo;
import org.apache.spark.scheduler.TaskLocality;
import org.junit.jupiter.api.Test;
import scala.Option;
import scala.Tuple4;
import scala.collection.immutable.Map$;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

class TallyTest {
  private final Tally.Running running = new Tally.Running();

  @Test
  void whatARunningTaskTellsCountsUntilItHasEnded() {
    assertEquals(0, running.of(7));
    tells(1, 7, 100);
    tells(2, 7, 10);
    tells(2, 8, 1000);
    assertEquals(100, running.of(7));
    assertEquals(1000, running.of(8));
    tells(1, 7, 150);
    assertEquals(150, running.of(7));
    TaskInfo ended =
        new TaskInfo(1, 0, 0, 0, 0, "0", "localhost", TaskLocality.PROCESS_LOCAL(), false);
    running.onTaskEnd(new SparkListenerTaskEnd(0, 0, "", null, ended, null, null));
    assertEquals(0, running.of(7));
    assertEquals(1000, running.of(8));
  }

  private void tells(long task, long accumulator, long value) {
    AccumulableInfo info =
        new AccumulableInfo(
            accumulator,
            Option.empty(),
            Option.apply(value),
            Option.empty(),
            false,
            false,
            Option.empty());
    Tuple4<Object, Object, Object, Seq<AccumulableInfo>> update =
        new Tuple4<>(task, 0, 0, seq(info));
    running.onExecutorMetricsUpdate(
        new SparkListenerExecutorMetricsUpdate("0", seq(update), Map$.MODULE$.empty()));
  }

  private static <T> Seq<T> seq(T one) {
    return CollectionConverters.asScala(List.of(one)).toSeq();
  }
}
