package io.chorale.jobs.monitor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.jobs.console.Version;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;

/**
 * How a long command has ended, as a webhook posts it.
 *
 * @param command by its name on the command line
 * @param outcome {@link #FINISHED}, {@link #FAILED}, or what else a command can come to
 * @param run its directory
 * @param round the last committed one; 0 before the first
 * @param steps local steps of each worker so far
 * @param measures by their names
 * @param reason why it has ended so, as it was told to the user; empty where there is none
 */
public record Outcome(
    String command,
    String outcome,
    String run,
    long round,
    long steps,
    Map<String, Double> measures,
    String reason) {
  public static final String FINISHED = "finished";
  public static final String FAILED = "failed";

  private static final JsonMapper JSON = JsonMapper.builder().build();

  public Outcome {
    measures = Map.copyOf(measures);
  }

  /** That of a training, as {@link LiveTraining} knows it. */
  public static Outcome ofTraining(String command, String outcome, String run, String reason) {
    LiveTraining.Now now = LiveTraining.now();
    JsonNode round = now.round();
    return new Outcome(
        command,
        outcome,
        now.run().isEmpty() ? run : now.run(),
        round.path("round").asLong(),
        round.path("local_steps").asLong(),
        TrainingGauges.measures(round),
        reason);
  }

  /** The line that chat services show. */
  String text() {
    return "Chorale: %s of %s %s%s%s"
        .formatted(
            command,
            run,
            outcome,
            round == 0 ? "" : " after round " + round,
            reason.isEmpty() ? "" : ": " + reason);
  }

  /**
   * What is posted.
   *
   * @param time of the end
   */
  String json(Instant time) {
    ObjectNode json = JSON.valueToTree(this);
    json.put("time", time.truncatedTo(ChronoUnit.SECONDS).toString())
        .put("chorale", Version.chorale())
        .put("text", text());
    return json.toString();
  }
}
