package io.chorale.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Draws the seconds of a run's rounds by part: computing, waiting, averaging and others. */
final class SecondsOfRound {
  /** Parts of a round, as its line names them. */
  static final List<String> FIELDS =
      List.of("compute_seconds", "averaging_seconds", "evaluation_seconds", "commit_seconds");

  private static final List<String> NAMES =
      List.of("computing (slowest worker)", "averaging", "evaluating", "committing");

  private SecondsOfRound() {}

  /**
   * A bar a round, or, where there are too many, a bar for the mean of some.
   *
   * @param most bars
   */
  static BarChart chart(String title, List<JsonNode> rounds, int most) {
    int together = Math.max(1, (rounds.size() + most - 1) / most);
    List<BarChart.Bar> bars = new ArrayList<>();
    for (int from = 0; from < rounds.size(); from += together) {
      List<JsonNode> some = rounds.subList(from, Math.min(rounds.size(), from + together));
      List<Double> means =
          FIELDS.stream()
              .map(
                  field ->
                      some.stream()
                              .mapToDouble(round -> RunHistory.number(round, field))
                              .filter(value -> Double.isFinite(value) && value > 0)
                              .sum()
                          / some.size())
              .toList();
      String first = some.get(0).path("round").asText();
      String last = some.get(some.size() - 1).path("round").asText();
      bars.add(new BarChart.Bar(together == 1 ? first : first + "–" + last, means));
    }
    String along = together == 1 ? "round" : "rounds, the mean of " + together;
    return new BarChart(title, along, "seconds", NAMES, bars);
  }
}
