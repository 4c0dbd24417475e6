package io.chorale.jobs.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the gauges say from before a training until after it. */
class TrainingGaugesTest {
  private final MetricRegistry registry = new MetricRegistry();

  @BeforeEach
  @AfterEach
  void noTraining() {
    LiveTraining.reset();
  }

  @Test
  void theyFollowTheTraining() throws Exception {
    try (TrainingGauges gauges = new TrainingGauges(registry)) {
      assertEquals(0, value("running"));
      assertEquals(Double.NaN, value("train_loss"));
      assertEquals(Double.NaN, value("progress_timestamp_seconds"));

      LiveTraining.begins("file:/run", 300, line("{}"));
      assertEquals(1, value("running"));
      assertEquals(300, value("total_steps"));
      assertEquals(Double.NaN, value("round"));
      assertEquals(Instant.now().getEpochSecond(), value("progress_timestamp_seconds"), 600);

      LiveTraining.roundEnds(
          line(
              """
              {"round":2,"train_loss":1.5,"validation_loss":null,"time":"2026-01-02T03:04:05Z",
               "validation":{"bits-per-byte":2.5}}
              """));
      assertEquals(2, value("round"));
      assertEquals(1.5, value("train_loss"));
      assertEquals(Double.NaN, value("validation_loss"));
      assertEquals(2.5, value("validation_bits_per_byte"));
      assertEquals(1767323045, value("progress_timestamp_seconds"));

      LiveTraining.ended();
      assertEquals(0, value("running"));
      assertEquals(1.5, value("train_loss"));
      assertTrue(registry.getGauges().containsKey("validation_bits_per_byte"));
    }
  }

  @Test
  void closedOnesFollowNoMore() throws Exception {
    new TrainingGauges(registry).close();
    LiveTraining.roundEnds(line("{\"round\":1,\"validation\":{\"accuracy\":1}}"));
    assertFalse(registry.getGauges().containsKey("validation_accuracy"));
  }

  /** A training that goes on has what its last committed round had. */
  @Test
  void theyBeginWithTheRoundAfterWhichATrainingGoesOn() throws Exception {
    LiveTraining.begins("file:/run", 300, line("{\"round\":7,\"validation\":{\"accuracy\":0.5}}"));
    try (TrainingGauges gauges = new TrainingGauges(registry)) {
      assertEquals(7, value("round"));
      assertEquals(0.5, value("validation_accuracy"));
    }
  }

  private double value(String gauge) {
    return (Double) registry.getGauges().get(gauge).getValue();
  }

  private static JsonNode line(String json) throws Exception {
    return JsonMapper.builder().build().readTree(json);
  }
}
