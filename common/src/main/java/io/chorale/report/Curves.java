package io.chorale.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.chorale.config.SettingsFile;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

/** The curves of one run's metrics, or of several runs' over each other. */
final class Curves {
  private static final int LEAST_POINTS = 40;
  private static final double HOUR = 3600;
  private static final Set<String> OF_NUMBERS = Set.of("regression", "forecast");

  private final List<RunHistory> runs;
  private final List<Kept> kept;

  /**
   * The rounds of a run that are drawn.
   *
   * @param seconds of the training up to the end of each
   */
  private record Kept(
      RunHistory run, List<JsonNode> rounds, List<Double> seconds, List<Integer> restarts) {}

  /**
   * @param points of a curve, at most about
   */
  Curves(List<RunHistory> runs, int points) {
    this.runs = runs;
    int each = Math.max(LEAST_POINTS, points / runs.size());
    this.kept = runs.stream().map(run -> kept(run, each)).toList();
  }

  /** Thins a run out: of some rounds in a row, those with the lowest and highest loss stay. */
  private static Kept kept(RunHistory run, int points) {
    List<JsonNode> all = run.rounds();
    Set<Integer> stay = new TreeSet<>(List.of(0, Math.max(0, all.size() - 1)));
    int group = Math.max(1, (2 * all.size() + points - 1) / points);
    for (int from = 0; from < all.size(); from += group) {
      int lowest = from;
      int highest = from;
      int evaluated = -1;
      for (int i = from; i < Math.min(all.size(), from + group); i++) {
        double loss = RunHistory.number(all.get(i), "train_loss");
        lowest = loss < RunHistory.number(all.get(lowest), "train_loss") ? i : lowest;
        highest = loss > RunHistory.number(all.get(highest), "train_loss") ? i : highest;
        evaluated = all.get(i).path("validation_loss").isNumber() ? i : evaluated;
      }
      stay.addAll(List.of(lowest, highest));
      if (evaluated >= 0) {
        stay.add(evaluated);
      }
    }
    List<Double> seconds = new ArrayList<>();
    List<JsonNode> rounds = new ArrayList<>();
    List<Integer> restarts = new ArrayList<>();
    double sum = 0;
    for (int i = 0; i < all.size(); i++) {
      sum += RunHistory.seconds(all.get(i));
      if (run.restarted(i)) {
        restarts.add(rounds.size());
        stay.add(i);
      }
      if (stay.contains(i)) {
        rounds.add(all.get(i));
        seconds.add(sum);
      }
    }
    return new Kept(run, rounds, seconds, restarts);
  }

  /** Whether rounds were left out. */
  boolean thinned() {
    return kept.stream().anyMatch(some -> some.rounds().size() < some.run().rounds().size());
  }

  void draw(Html html) {
    losses(html, "Loss by steps", "local steps of each worker", false);
    losses(html, "Loss by time", time(), true);
    for (String measure : measures()) {
      byStep(
          html,
          title(measure),
          "of the averaged model on the validation split",
          false,
          round -> RunHistory.number(round.path("validation"), measure));
    }
    byStep(html, "Learning rate", "of the round's last step", false, field("learning_rate"));
    byStep(
        html, "Gradient norm", "before clipping, mean of the round", false, field("gradient_norm"));
    byStep(html, "Parameter norm", "of the averaged model", false, field("parameter_norm"));
    byStep(html, "Change of a round", "norm of anchor minus mean", false, field("delta_norm"));
    byStep(
        html,
        "Distance between workers",
        "root mean square from their mean, before averaging",
        false,
        field("worker_distance"));
    byStep(html, "Speed", "predictions a second, all workers", false, field("tokens_per_second"));
  }

  /** The unit of the loss: of classes and tokens it is known. */
  private String unit(RunHistory run) {
    String kind = SettingsFile.value(run.settings(), "task.kind");
    return OF_NUMBERS.contains(kind) ? "as it is trained on" : "nats a prediction";
  }

  private static ToDoubleFunction<JsonNode> field(String name) {
    return round -> RunHistory.number(round, name);
  }

  private void losses(Html html, String title, String along, boolean byTime) {
    List<LineChart.Series> series = new ArrayList<>();
    for (int run = 0; run < kept.size(); run++) {
      Kept some = kept.get(run);
      String of = runs.size() == 1 ? "" : some.run().name() + " ";
      List<Double> x = byTime ? times(some) : steps(some);
      int style = runs.size() == 1 ? 0 : run;
      String validation = of.isEmpty() ? "validation" : some.run().name();
      series.add(
          series(validation, runs.size() == 1 ? 1 : style, x, some, field("validation_loss")));
      if (runs.size() == 1 || series.get(series.size() - 1).y().isEmpty()) {
        series.add(series(of + "train", style, x, some, field("train_loss")));
      }
    }
    String what = runs.size() == 1 ? "" : "validation; ";
    chart(title, along, what + unit(kept.get(0).run()), series, byTime).draw(html);
    if (runs.size() > 1 && !byTime) {
      byStep(html, "Training loss", unit(kept.get(0).run()), false, field("train_loss"));
    }
  }

  private void byStep(
      Html html, String title, String up, boolean log, ToDoubleFunction<JsonNode> value) {
    List<LineChart.Series> series = new ArrayList<>();
    for (int run = 0; run < kept.size(); run++) {
      Kept some = kept.get(run);
      series.add(series(some.run().name(), run, steps(some), some, value));
    }
    LineChart chart = new LineChart(title, "local steps of each worker", up, log, series);
    restarts(chart, false).draw(html);
  }

  private LineChart chart(
      String title, String along, String up, List<LineChart.Series> series, boolean byTime) {
    return restarts(new LineChart(title, along, up, false, series), byTime);
  }

  private LineChart restarts(LineChart chart, boolean byTime) {
    List<Double> places = new ArrayList<>();
    for (Kept some : kept) {
      List<Double> x = byTime ? times(some) : steps(some);
      some.restarts().forEach(i -> places.add(i == 0 ? x.get(0) : x.get(i - 1)));
    }
    return chart.marked(places, "gone on from a checkpoint");
  }

  /** A curve without the rounds that have no such value. */
  private static LineChart.Series series(
      String name, int style, List<Double> x, Kept some, ToDoubleFunction<JsonNode> value) {
    List<Double> places = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    for (int i = 0; i < x.size(); i++) {
      double y = value.applyAsDouble(some.rounds().get(i));
      if (Double.isFinite(y)) {
        places.add(x.get(i));
        values.add(y);
      }
    }
    return new LineChart.Series(name, style, places, values);
  }

  private static List<Double> steps(Kept some) {
    return some.rounds().stream().map(round -> RunHistory.number(round, "local_steps")).toList();
  }

  private List<Double> times(Kept some) {
    double unit = unit();
    return some.seconds().stream().map(seconds -> seconds / unit).toList();
  }

  private double unit() {
    double longest =
        kept.stream()
            .flatMap(some -> some.seconds().stream())
            .mapToDouble(seconds -> seconds)
            .max()
            .orElse(0);
    return longest > 3 * HOUR ? HOUR : longest > 180 ? 60 : 1;
  }

  private String time() {
    double unit = unit();
    return (unit == HOUR ? "hours" : unit == 60 ? "minutes" : "seconds") + " of training";
  }

  /** Measures beside the loss, in the order in which they come. */
  private Set<String> measures() {
    Set<String> names = new LinkedHashSet<>();
    for (RunHistory run : runs) {
      for (JsonNode round : run.rounds()) {
        round.path("validation").fieldNames().forEachRemaining(names::add);
      }
    }
    names.remove("loss");
    return names;
  }

  private static String title(String measure) {
    String words = measure.replace('_', ' ');
    return Character.toUpperCase(words.charAt(0)) + words.substring(1);
  }
}
