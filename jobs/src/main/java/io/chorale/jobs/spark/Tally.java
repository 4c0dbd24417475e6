package io.chorale.jobs.spark;

import io.chorale.corpus.Document;
import io.chorale.jobs.console.Amounts;
import io.chorale.jobs.console.Stopwatch;
import java.io.Serializable;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.util.LongAccumulator;
import scala.Tuple4;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Counts the work of tasks while it is done, for the progress that users see: also inside of a long
 * task, as the executors' heartbeats tell it. A retried task counts twice: no result may depend on
 * it.
 */
public final class Tally implements Serializable, AutoCloseable {
  private static final long serialVersionUID = 1L;

  private final LongAccumulator documents;
  private final LongAccumulator bytes;
  private final LongAccumulator read;
  private final transient JavaSparkContext context;
  private final transient Running running = new Running();
  private final transient Stopwatch watch = new Stopwatch();

  /** Begins to listen; close it. */
  public Tally(JavaSparkContext context) {
    this.context = context;
    documents = context.sc().longAccumulator();
    bytes = context.sc().longAccumulator();
    read = context.sc().longAccumulator();
    context.sc().addSparkListener(running);
  }

  /** On an executor. */
  public void add(Document document) {
    documents.add(1);
    bytes.add(document.bytes());
  }

  /** On an executor: rows of a table, which count as documents. */
  public void addRows(long count) {
    documents.add(count);
  }

  /** On the driver: documents, or rows, so far. */
  public long documents() {
    return soFar(documents);
  }

  /** On the driver, for people: how many rows, and how fast since this was made. */
  public String rows() {
    long rows = documents();
    return "%s rows (%,.0f a second)".formatted(Amounts.count(rows), rows / watch.total());
  }

  /** On an executor: stored bytes that have been read. */
  public void addRead(long count) {
    read.add(count);
  }

  /** On the driver: UTF-8 bytes of the documents so far. */
  public long bytes() {
    return soFar(bytes);
  }

  /** On the driver: stored bytes that have been read so far. */
  public long read() {
    return soFar(read);
  }

  /** On the driver, for people: how much, and how fast since this was made. */
  @Override
  public String toString() {
    return "%s documents, %s (%s)"
        .formatted(
            Amounts.count(documents()),
            Amounts.bytes(bytes()),
            Amounts.speed(bytes(), watch.total()));
  }

  /** On the driver: listens no longer. */
  @Override
  public void close() {
    context.sc().removeSparkListener(running);
  }

  /** The sum of the tasks that have ended, and what is known of those that run. */
  private long soFar(LongAccumulator sum) {
    return sum.value() + running.of(sum.id());
  }

  /** What the tasks that run have told with the heartbeats. */
  static final class Running extends SparkListener {
    // By task, then by accumulator.
    private final Map<Long, Map<Long, Long>> tasks = new ConcurrentHashMap<>();

    long of(long accumulator) {
      return tasks.values().stream().mapToLong(told -> told.getOrDefault(accumulator, 0L)).sum();
    }

    @Override
    public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
      for (Tuple4<Object, Object, Object, Seq<AccumulableInfo>> task :
          CollectionConverters.asJava(update.accumUpdates())) {
        Map<Long, Long> told = new ConcurrentHashMap<>();
        for (AccumulableInfo info : CollectionConverters.asJava(task._4())) {
          if (info.update().isDefined() && info.update().get() instanceof Long value) {
            told.put(info.id(), value);
          }
        }
        tasks.put((Long) task._1(), told);
      }
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
      tasks.remove(end.taskInfo().taskId());
    }
  }
}
