package io.chorale.report;

import io.chorale.data.Contamination;
import java.util.List;
import java.util.stream.Stream;

/** Draws how much of held-out texts the training split has. */
final class ContaminationSection {
  private final Contamination found;

  ContaminationSection(Contamination found) {
    this.found = found;
  }

  void draw(Html html) {
    if (found.equals(Contamination.NONE)) {
      return;
    }
    html.element(
        "p",
        "Documents of either side that have %d words in a row in common with the other, and how many of their words lie in such places; common phrases do not count. A document of fewer words cannot be found."
            .formatted(found.words()));
    if (found.every() > 1) {
      html.element(
          "p",
          "Of the held-out texts one of %d such places was looked for, as many as contamination.grams allows."
              .formatted(found.every()));
    }
    Table.scrolled(
        html,
        "Held-out texts in the training split",
        List.of("texts", "documents", "found", "share", "words", "found", "share", "too short"),
        Stream.concat(found.heldOut().stream(), Stream.of(found.train()))
            .map(ContaminationSection::line)
            .toList());
    html.element(
        "p", "The training split as it is before documents are left out for this, if any are.");
  }

  private static Table.Line line(Contamination.Texts texts) {
    return Table.Line.of(
        texts.name(),
        Figures.of(texts.documents()),
        Figures.of(texts.found()),
        share(texts.found(), texts.documents()),
        Figures.of(texts.words()),
        Figures.of(texts.wordsFound()),
        share(texts.wordsFound(), texts.words()),
        Figures.of(texts.shorter()));
  }

  private static String share(long part, long whole) {
    return whole == 0 ? "–" : Figures.percent(part / (double) whole);
  }
}
