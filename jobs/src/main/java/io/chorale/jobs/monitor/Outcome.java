package io.chorale.jobs.monitor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.jobs.console.Version;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;

/**
 * How a long command has ended, as a webhook posts it.
 *
 * @param command by its name on the command line
 * @param outcome {@link #FINISHED}, {@link #FAILED}, or what else the command can come to
 * @param run its directory
 * @param reason why it has ended so, as it was told to the user; empty where there is none
 * @param facts what else is known, by names of their own: numbers, texts, or maps of such
 */
public record Outcome(
    String command, String outcome, String run, String reason, Map<String, Object> facts) {
  public static final String FINISHED = "finished";
  public static final String FAILED = "failed";

  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** That of a training, with the last round that {@link LiveTraining} knows. */
  public static Outcome ofTraining(String command, String outcome, String run, String reason) {
    LiveTraining.Now now = LiveTraining.now();
    JsonNode round = now.round();
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("round", round.path("round").asLong());
    facts.put("steps", round.path("local_steps").asLong());
    facts.put("measures", TrainingGauges.measures(round));
    return new Outcome(command, outcome, now.run().isEmpty() ? run : now.run(), reason, facts);
  }

  /** The line that chat services show. */
  String text() {
    StringJoiner known = new StringJoiner(", ", " (", ")").setEmptyValue("");
    facts.forEach((name, fact) -> tell(name, fact, known));
    return "Chorale: %s of %s %s%s%s"
        .formatted(command, run, outcome, known, reason.isEmpty() ? "" : ": " + reason);
  }

  private static void tell(String name, Object fact, StringJoiner known) {
    if (fact instanceof Map<?, ?> facts) {
      facts.forEach((inner, value) -> tell(String.valueOf(inner), value, known));
    } else {
      known.add(name + " " + (fact instanceof Double real ? "%.4f".formatted(real) : fact));
    }
  }

  /**
   * What is posted.
   *
   * @param time of the end
   */
  String json(Instant time) {
    ObjectNode json =
        JSON.createObjectNode()
            .put("command", command)
            .put("outcome", outcome)
            .put("run", run)
            .put("reason", reason);
    facts.forEach((name, fact) -> json.set(name, JSON.valueToTree(fact)));
    json.put("time", time.truncatedTo(ChronoUnit.SECONDS).toString())
        .put("chorale", Version.chorale())
        .put("text", text());
    return json.toString();
  }
}
