package io.chorale.jobs.monitor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * The training of this process as it stands: its latest round, and whether it goes on. The training
 * publishes, gauges read. A process has one application of Spark, and that trains one run at a
 * time.
 */
public final class LiveTraining {
  /**
   * What is known at one moment.
   *
   * @param run its directory; empty before any training
   * @param running whether rounds are being run
   * @param steps local steps of each worker in the whole training; 0 before any training
   * @param round the line of {@code metrics.jsonl} of the last round that is done; empty before one
   * @param progress when the training began or its last round ended, in seconds since 1970; not a
   *     number before any training
   */
  record Now(String run, boolean running, long steps, JsonNode round, double progress) {}

  private static final Now NOTHING = new Now("", false, 0, MissingNode.getInstance(), Double.NaN);

  private static final List<Consumer<Now>> LISTENERS = new CopyOnWriteArrayList<>();

  private static volatile Now now = NOTHING;

  private LiveTraining() {}

  /** A command begins that will train: what an earlier one of this process has left is over. */
  public static void reset() {
    tell(NOTHING);
  }

  /**
   * A training begins or goes on.
   *
   * @param run its directory
   * @param steps local steps of each worker in the whole training
   * @param committed the line of the round after which it goes on; empty before the first
   */
  public static void begins(String run, long steps, JsonNode committed) {
    tell(new Now(run, true, steps, committed, Instant.now().getEpochSecond()));
  }

  /**
   * A round is done.
   *
   * @param line that it left in {@code metrics.jsonl}
   */
  public static void roundEnds(JsonNode line) {
    tell(new Now(now.run, now.running, now.steps, line, seconds(line.path("time").asText())));
  }

  /** The training has ended, well or not; its last round can still be read. */
  public static void ended() {
    tell(new Now(now.run, false, now.steps, now.round, now.progress));
  }

  static Now now() {
    return now;
  }

  /** Calls with what is known now, and whenever more is. */
  static void listen(Consumer<Now> listener) {
    LISTENERS.add(listener);
    listener.accept(now);
  }

  static void forget(Consumer<Now> listener) {
    LISTENERS.remove(listener);
  }

  private static void tell(Now news) {
    now = news;
    LISTENERS.forEach(listener -> listener.accept(news));
  }

  private static double seconds(String time) {
    try {
      return Instant.parse(time).getEpochSecond();
    } catch (DateTimeException e) {
      return Double.NaN;
    }
  }
}
