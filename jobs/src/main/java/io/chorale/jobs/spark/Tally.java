package io.chorale.jobs.spark;

import io.chorale.corpus.Document;
import io.chorale.jobs.console.Amounts;
import io.chorale.jobs.console.Stopwatch;
import java.io.Serializable;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * What tasks have done so far, for the progress that users see. A retried task counts twice: no
 * result may depend on it.
 */
public final class Tally implements Serializable {
  private static final long serialVersionUID = 1L;

  private final LongAccumulator documents;
  private final LongAccumulator bytes;
  private final transient Stopwatch watch = new Stopwatch();

  public Tally(JavaSparkContext context) {
    documents = context.sc().longAccumulator();
    bytes = context.sc().longAccumulator();
  }

  /** On an executor. */
  public void add(Document document) {
    documents.add(1);
    bytes.add(document.bytes());
  }

  /** On the driver: UTF-8 bytes of the documents of the tasks that have ended. */
  public long bytes() {
    return bytes.value();
  }

  /** On the driver, for people: how much, and how fast since this was made. */
  @Override
  public String toString() {
    return "%s documents, %s (%s)"
        .formatted(
            Amounts.count(documents.value()),
            Amounts.bytes(bytes()),
            Amounts.speed(bytes(), watch.total()));
  }
}
