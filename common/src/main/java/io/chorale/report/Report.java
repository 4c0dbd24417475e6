package io.chorale.report;

import io.chorale.checkpoint.CheckpointChoice;
import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.ChoraleException;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.config.TaskSettings.Kind;
import io.chorale.evaluate.Inside;
import io.chorale.io.Storage;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.hadoop.fs.Path;

/**
 * One HTML page about a run, or about several beside each other. It needs nothing but itself, and
 * is written of a run in any state: finished, going on, failed, without a checkpoint.
 */
public final class Report {
  /** Bytes that a page stays below. */
  public static final int LIMIT = 2_000_000;

  private final Storage storage;
  private final Instant now;
  private final List<RunHistory> runs = new ArrayList<>();
  private final Map<RunHistory, List<Samples.Sample>> samples = new LinkedHashMap<>();
  private final Map<String, List<InsightSection.Named>> insights = new LinkedHashMap<>();
  private final Map<RunHistory, List<String>> troubles = new LinkedHashMap<>();

  /**
   * @param now for what is said of time
   */
  public Report(Storage storage, Instant now) {
    this.storage = storage;
    this.now = now;
  }

  /**
   * Reads a run, and asks its model where it has one.
   *
   * @param given the command's settings; what the run decided itself is taken from the run
   * @param texts what to look at inside of the model: texts, or series as JSON lists of steps
   * @throws io.chorale.config.SettingsException where the directory is no run
   */
  public void add(Path directory, Settings given, CheckpointChoice choice, List<String> texts) {
    RunHistory run = RunHistory.read(storage, directory);
    runs.add(run);
    List<String> notes = new ArrayList<>(run.troubles());
    troubles.put(run, notes);
    samples.put(run, List.of());
    if (run.checkpoint().isEmpty()) {
      notes.add("There is no checkpoint: no model can be asked for samples, or looked into.");
      return;
    }
    if (run.settings().task().kind() == Kind.WORD_VECTORS) {
      return; // There is no model to be asked.
    }
    try {
      ask(
          run,
          TrainedModel.open(storage, SettingsFile.with(given, "run.path=" + run.path()), choice),
          texts);
    } catch (ChoraleException e) {
      notes.add(e.getMessage());
    }
  }

  private void ask(RunHistory run, TrainedModel model, List<String> texts) {
    List<String> notes = troubles.get(run);
    samples.put(run, Samples.of(storage, model, notes));
    if (texts.isEmpty()) {
      return;
    }
    try (Inside inside = new Inside(model)) {
      for (String text : texts) {
        try {
          insights
              .computeIfAbsent(text, key -> new ArrayList<>())
              .add(new InsightSection.Named(name(run), inside.look(text)));
        } catch (ChoraleException e) {
          notes.add(e.getMessage());
        }
      }
    }
  }

  /** What could not be read, asked or looked into, as the page says it of each run. */
  public List<String> troubles() {
    return troubles.values().stream().flatMap(List::stream).toList();
  }

  private String name(RunHistory run) {
    boolean alone = runs.stream().filter(other -> other.name().equals(run.name())).count() == 1;
    return alone ? run.name() : run.name() + " " + (1 + runs.indexOf(run));
  }

  /**
   * The page, with as much detail as fits.
   *
   * @throws SettingsException where there is too much to show
   */
  public String page() {
    int points = 600;
    int maps = Math.max(4, 64 / Math.max(1, insights.size()));
    int units = 256;
    String page = page(points, maps, units);
    while (page.getBytes(StandardCharsets.UTF_8).length >= LIMIT && points > 10) {
      points /= 2;
      maps = Math.max(2, maps / 2);
      units = Math.max(16, units / 2);
      page = page(points, maps, units);
    }
    int bytes = page.getBytes(StandardCharsets.UTF_8).length;
    if (bytes >= LIMIT) {
      throw new SettingsException(
          "Cannot write the report: %,d runs and %,d texts to look at take %,d bytes, expected fewer than %,d. Give fewer."
              .formatted(runs.size(), insights.size(), bytes, LIMIT));
    }
    return page;
  }

  private String page(int points, int maps, int units) {
    return Frame.page(
        "Chorale: " + String.join(" beside ", runs.stream().map(this::name).toList()),
        List.of(
            new Section("state", "State", html -> each(html, this::state)),
            new Section("curves", "Curves", html -> curves(html, points)),
            new Section("inside", "Inside", html -> inside(html, maps, units)),
            new Section("samples", "Samples", html -> each(html, this::samples)),
            new Section("settings", "Settings", html -> each(html, RunFacts::settings)),
            new Section("provenance", "Provenance", html -> each(html, RunFacts::provenance)),
            new Section("commands", "Commands", this::commands)),
        "Written by chorale report, " + RunFacts.time(now) + ".");
  }

  /** Draws a part of each run, without those of which there is nothing to draw. */
  private void each(Html html, BiConsumer<RunFacts, Html> part) {
    for (RunHistory run : runs) {
      Html drawn = new Html();
      part.accept(new RunFacts(run, now), drawn);
      if (runs.size() > 1 && !drawn.isEmpty()) {
        html.open("div", "class", "ofrun").element("h3", name(run)).add(drawn).close();
      } else {
        html.add(drawn);
      }
    }
  }

  private void samples(RunFacts facts, Html html) {
    Samples.draw(html, samples.get(facts.run()));
  }

  private void commands(Html html) {
    html.element("p", "They make the same again: a run's settings state every key.");
    each(html, RunFacts::commands);
  }

  private void state(RunFacts facts, Html html) {
    html.element("p", facts.told(), "class", "state " + facts.state());
    for (String trouble : troubles.get(facts.run())) {
      html.element("p", trouble, "class", "trouble");
    }
    facts.tiles(html);
  }

  private void curves(Html html, int points) {
    List<RunHistory> told = runs.stream().filter(run -> !run.rounds().isEmpty()).toList();
    if (told.isEmpty()) {
      html.element("p", "There are no rounds to draw.");
      return;
    }
    Curves curves = new Curves(told, points);
    if (curves.thinned()) {
      html.element(
          "p",
          "There are more rounds than are drawn: of some in a row, those with the lowest and the"
              + " highest training loss, and the last that was evaluated.");
    }
    html.open("div", "class", "charts");
    curves.draw(html);
    for (RunHistory run : told) {
      String of = runs.size() == 1 ? "Seconds" : name(run) + ": seconds";
      SecondsOfRound.chart(of + " of a round", run.rounds(), Math.min(60, points)).draw(html);
    }
    html.close();
  }

  private void inside(Html html, int maps, int units) {
    insights.forEach(
        (text, seen) -> {
          if (!seen.isEmpty()) {
            new InsightSection(seen, maps, units).draw(html);
          }
        });
  }
}
