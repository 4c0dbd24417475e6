package io.chorale.report;

import io.chorale.data.Estimate;
import io.chorale.data.SampleFacts;
import io.chorale.data.ScreeningFacts;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Draws what a sample tells of the whole corpus, and what it cannot tell. */
final class SampleSection {
  private final SampleFacts sample;
  private final ScreeningFacts screening;

  SampleSection(SampleFacts sample, ScreeningFacts screening) {
    this.sample = sample;
    this.screening = screening;
  }

  void draw(Html html) {
    html.element(
        "p",
        "This page is about a sample of %s of a corpus, which was read and not kept. Here stand estimates for the whole; all other sections count what is in the sample."
            .formatted(Figures.percent(sample.share())));
    SampleFacts.OfSource all = sample.all();
    Map<String, String> tiles = new LinkedHashMap<>();
    tiles.put("rows of the whole", about(all.rows().value()));
    tiles.put(sample.unit(), about(all.units().value()));
    tiles.put("bytes", about(all.bytes().value()));
    if (sample.ofText() && all.units().value() > 0) {
      tiles.put("bytes per token", Figures.of(all.bytes().value() / all.units().value(), 4));
    }
    tiles.put("bytes of shards", about(sample.shardBytes()));
    tiles.put(
        "reading and encoding",
        "about %s on %d cores".formatted(Figures.seconds(sample.seconds()), sample.cores()));
    Tiles.draw(html, tiles);
    table(html, all);
    html.open("ul");
    notes().forEach(note -> html.element("li", note));
    html.close();
  }

  private static String about(double value) {
    return "about " + Figures.of(value, 2);
  }

  private void table(Html html, SampleFacts.OfSource all) {
    List<Table.Line> lines = new ArrayList<>();
    sample.sources().forEach((name, of) -> lines.add(line(name, of)));
    if (lines.size() > 1) {
      lines.add(line("all", all));
    }
    Table.scrolled(
        html,
        "Estimates",
        List.of("source", "files", "bytes read", "records", "rows", "bytes", sample.unit()),
        lines);
  }

  private static Table.Line line(String name, SampleFacts.OfSource of) {
    return Table.Line.of(
        name,
        of.table() ? "–" : Figures.of(of.files()),
        Figures.of(of.read()),
        told(of.documents()),
        told(of.rows()),
        told(of.bytes()),
        told(of.units()));
  }

  /** {@code 1,230,000 ± 4 %}. */
  private static String told(Estimate estimate) {
    String error =
        Double.isNaN(estimate.error())
            ? "?"
            : Figures.of(100 * estimate.error() / Math.max(1, estimate.value()), 2) + "\u00a0%";
    return Figures.of(estimate.value(), 3) + " ± " + error;
  }

  private List<String> notes() {
    List<String> notes = new ArrayList<>();
    notes.add(
        "± is twice the standard error, told by how much the parts of the sample differ; ? where it has one part alone.");
    notes.add(
        "The time is an estimate from the seconds that tasks took here, in a JVM that had just begun: where much is read it is two or three times as fast. Finding copies and sorting rows into shards come on top.");
    SampleFacts.OfSource all = sample.all();
    if (all.begun() > 0) {
      notes.add(
          "Of %s files only the begin was read, since they are packed or CSV and cannot be cut: should their ends be of another kind, nothing of it stands here."
              .formatted(Figures.of(all.begun())));
    }
    if (sample.trained()) {
      notes.add(
          "No tokenizer was given: one was trained on the sample, and is not kept. One of the whole has another vocabulary and a little more or fewer tokens.");
    }
    if (screening.copies().exact() + screening.copies().near() > 0 || sample.share() < 1) {
      notes.add(
          "Copies are those within the sample, whose share understates that of the whole: of two copies both are in the sample with a chance of %s of that of one, unless they lie beside each other. If all were such pairs, the whole would have %s times the share of copies that stands here, and fewer rows than are estimated.%s"
              .formatted(
                  Figures.percent(sample.share()),
                  Figures.of(1 / sample.share(), 3),
                  all.table()
                      ? " Rows of tables are chosen by a hash of what they hold, so equal rows come together: of these the share is that of the whole."
                      : ""));
      notes.add(
          "Held-out splits of the corpus are sampled, too, so what is found of them in training documents understates the whole in the same way; files that are given as held-out texts are read to their end, and the share of training documents with their text is that of the whole.");
    }
    notes.addAll(sample.notes());
    return notes;
  }
}
