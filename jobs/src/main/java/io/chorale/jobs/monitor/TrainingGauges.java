package io.chorale.jobs.monitor;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import com.fasterxml.jackson.databind.JsonNode;
import io.chorale.checkpoint.RoundMetrics;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/**
 * Gauges of the training: every number of a line of {@code metrics.jsonl} by its name there, and
 * how far the training is. What has no number, or has none yet, is not a number.
 */
final class TrainingGauges implements AutoCloseable {
  private static final String TRAIN_LOSS = "train_loss";
  private static final String VALIDATION = "validation";

  private final MetricRegistry registry;

  /** Measures that have a gauge: which ones there are depends on the task. */
  private final Set<String> measures = new HashSet<>();

  private final Consumer<LiveTraining.Now> listener = this::addMeasures;

  TrainingGauges(MetricRegistry registry) {
    this.registry = registry;
    add("running", now -> now.running() ? 1 : 0);
    add("total_steps", LiveTraining.Now::steps);
    add("progress_timestamp_seconds", LiveTraining.Now::progress);
    for (String name : RoundMetrics.numbers()) {
      addOfRound(name, round -> round.path(name));
    }
    for (String name : Set.of("round", "value", "evaluations_since")) {
      addOfRound("best_" + name, round -> round.path("best").path(name));
    }
    LiveTraining.listen(listener);
  }

  @Override
  public void close() {
    LiveTraining.forget(listener);
  }

  /** The measures of a round by the names of their gauges; of the training, then of validation. */
  static Map<String, Double> measures(JsonNode round) {
    Map<String, Double> measures = new LinkedHashMap<>();
    if (round.path(TRAIN_LOSS).isNumber()) {
      measures.put(TRAIN_LOSS, round.path(TRAIN_LOSS).asDouble());
    }
    for (Map.Entry<String, JsonNode> measured : round.path(VALIDATION).properties()) {
      if (measured.getValue().isNumber()) {
        measures.put(gauge(measured.getKey()), measured.getValue().asDouble());
      }
    }
    return measures;
  }

  private static String gauge(String measure) {
    return VALIDATION + "_" + measure.replace('-', '_');
  }

  private synchronized void addMeasures(LiveTraining.Now now) {
    for (Map.Entry<String, JsonNode> measured : now.round().path(VALIDATION).properties()) {
      String measure = measured.getKey();
      String gauge = gauge(measure);
      // The loss has one by its own name in the line.
      if (measures.add(measure) && !registry.getNames().contains(gauge)) {
        addOfRound(gauge, round -> round.path(VALIDATION).path(measure));
      }
    }
  }

  private interface OfRound {
    JsonNode of(JsonNode round);
  }

  private void addOfRound(String name, OfRound number) {
    add(name, now -> number.of(now.round()).asDouble(Double.NaN));
  }

  private void add(String name, ToDoubleFunction<LiveTraining.Now> value) {
    registry.register(name, (Gauge<Double>) () -> value.applyAsDouble(LiveTraining.now()));
  }
}
