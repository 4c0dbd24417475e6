package io.chorale.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.chorale.checkpoint.BestRound;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.config.TaskSettings.Kind;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Writes the facts of a run beside its curves: state, settings, provenance, commands. */
final class RunFacts {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final int ROUNDS_TO_WAIT = 3;
  private static final double SECONDS_TO_WAIT = 120;

  private final RunHistory run;
  private final Instant now;

  RunFacts(RunHistory run, Instant now) {
    this.run = run;
    this.now = now;
  }

  RunHistory run() {
    return run;
  }

  static String time(Instant time) {
    return TIME.format(time);
  }

  /** One word for the state: a class of the page's style. */
  String state() {
    return run.failure().isPresent() ? "failed" : run.finished() ? "finished" : "unfinished";
  }

  /** The state in a sentence. */
  String told() {
    long all = run.settings().train().steps();
    if (run.failure().isPresent()) {
      return "Failed in round %d: %s"
          .formatted(run.failure().get().round(), run.failure().get().why());
    }
    if (run.rounds().isEmpty()) {
      return "No round was committed yet.";
    }
    String done = "%,d of %,d steps after %,d rounds".formatted(run.steps(), all, run.lastRound());
    if (run.finished()) {
      return run.endedEarly() && run.steps() < all
          ? "Finished early, since the model got no better: %s.".formatted(done)
          : "Finished: %,d steps in %,d rounds.".formatted(run.steps(), run.lastRound());
    }
    return "Unfinished: %s. %s".formatted(done, alive());
  }

  /** A training that was killed leaves no word: what is left is how long ago its last one was. */
  private String alive() {
    Optional<Duration> since = run.lastCommit().map(time -> Duration.between(time, now));
    if (since.isEmpty()) {
      return "";
    }
    double longest =
        run.rounds().stream()
            .skip(Math.max(0, run.rounds().size() - ROUNDS_TO_WAIT))
            .mapToDouble(RunHistory::seconds)
            .max()
            .orElse(0);
    return since.get().toSeconds() <= ROUNDS_TO_WAIT * longest + SECONDS_TO_WAIT
        ? "It seems to be going on."
        : "It seems to have stopped: its last commit is longer ago than its rounds take.";
  }

  /** The tiles at the top. */
  void tiles(Html html) {
    Map<String, String> tiles = new LinkedHashMap<>();
    tiles.put("model", model(run.settings()));
    tiles.put("task", SettingsFile.value(run.settings(), "task.kind"));
    tiles.put("workers", Integer.toString(run.settings().train().workers()));
    if (!run.rounds().isEmpty()) {
      JsonNode last = run.rounds().get(run.rounds().size() - 1);
      tiles.put("rounds", "%,d".formatted(run.lastRound()));
      tiles.put("steps of each worker", "%,d".formatted(run.steps()));
      tiles.put("predictions trained on", Figures.of(RunHistory.number(last, "tokens")));
      tiles.put("last training loss", Figures.of(RunHistory.number(last, "train_loss"), 4));
      run.checkpoint()
          .flatMap(BestRound::of)
          .ifPresent(
              best ->
                  tiles.put(
                      "best %s, of round %d"
                          .formatted(best.measure().replace('_', ' '), best.round()),
                      Figures.of(best.value(), 4)));
      tiles.put(
          "time", Figures.seconds(run.rounds().stream().mapToDouble(RunHistory::seconds).sum()));
      double sent = RunHistory.number(last, "bytes_up") + RunHistory.number(last, "bytes_down");
      tiles.put("bytes of a round", Figures.of(sent));
    }
    run.lastCommit().ifPresent(time -> tiles.put("last commit", time(time)));
    run.embeddings()
        .ifPresent(
            found ->
                tiles.put(
                    "embeddings began from",
                    "%s; %s".formatted(found.coverage(), run.settings().embeddings().told())));
    Tiles.draw(html, tiles);
  }

  private static String model(Settings settings) {
    if (settings.task().kind() == Kind.WORD_VECTORS) {
      return "skip-gram%s of %d numbers a word"
          .formatted(settings.vectors().byMllib() ? " by MLlib" : "", settings.vectors().size());
    }
    return "%s %d × %d"
        .formatted(
            SettingsFile.value(settings, "model.kind"),
            settings.model().layers(),
            settings.model().width());
  }

  void settings(Html html) {
    Settings defaults = SettingsFile.defaults();
    List<Table.Line> lines = new ArrayList<>();
    for (String key : SettingsFile.keys()) {
      String value = SettingsFile.value(run.settings(), key);
      String usual = SettingsFile.value(defaults, key);
      if (!value.equals(usual)) {
        lines.add(Table.Line.of(key, value, usual.isEmpty() ? "–" : usual));
      }
    }
    Table.scrolled(
        html, "Settings that differ from the defaults", List.of("key", "value", "default"), lines);
  }

  void provenance(Html html) {
    if (run.checkpoint().isEmpty()) {
      html.element(
          "p", "There is no checkpoint, so nothing is known of where its numbers come from.");
      return;
    }
    List<Table.Line> lines = new ArrayList<>();
    lines.add(Table.Line.of("checkpoint", "round " + run.checkpoint().get().round()));
    run.checkpoint()
        .get()
        .provenance()
        .forEach((what, value) -> lines.add(Table.Line.of(what, value)));
    Table.scrolled(html, "Provenance of the last checkpoint", List.of("what", "value"), lines);
  }

  /** A run's settings have every key, so they alone make it again. */
  void commands(Html html) {
    String settings = quoted(run.path() + "/settings.yaml");
    List<String> commands = new ArrayList<>();
    if (!run.settings().corpus().paths().isEmpty()) {
      commands.add("scripts/chorale tokenize --config " + settings);
    }
    commands.add("scripts/chorale train --config " + settings);
    boolean vectors = run.settings().task().kind() == Kind.WORD_VECTORS;
    run.checkpoint()
        .ifPresent(
            last ->
                commands.add(
                    vectors
                        ? "scripts/chorale vectors --config %s --output vectors.txt"
                            .formatted(settings)
                        : "scripts/chorale evaluate --config " + settings));
    commands.add("scripts/chorale report --run " + quoted(run.path().toString()));
    html.element("pre", String.join("\n", commands), "tabindex", "0", "aria-label", "Commands");
  }

  private static String quoted(String path) {
    String plain = path.startsWith("file:") ? path.substring("file:".length()) : path;
    return plain.matches("[A-Za-z0-9_./:=@%+-]+") ? plain : "'" + plain.replace("'", "'\\''") + "'";
  }
}
