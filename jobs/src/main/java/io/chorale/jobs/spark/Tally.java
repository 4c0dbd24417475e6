package io.chorale.jobs.spark;

import io.chorale.corpus.Document;
import io.chorale.jobs.console.Progress;
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
  private final transient long start = System.nanoTime();

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
    double seconds = (System.nanoTime() - start) / 1e9;
    return "%s documents, %s (%s)"
        .formatted(
            Progress.count(documents.value()),
            Progress.megabytes(bytes()),
            Progress.speed(bytes(), seconds));
  }
}
