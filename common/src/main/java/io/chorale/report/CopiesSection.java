package io.chorale.report;

import io.chorale.data.ScreeningFacts;

/** Draws how many copies of documents were left out, and the largest clusters of them. */
final class CopiesSection {
  private final ScreeningFacts.Copies copies;

  CopiesSection(ScreeningFacts.Copies copies) {
    this.copies = copies;
  }

  void draw(Html html) {
    if (copies.exact() + copies.near() == 0) {
      return;
    }
    html.element(
        "p",
        "%s documents have the text of another one, %s one that is much like it. They do not stay beside it."
            .formatted(Figures.of(copies.exact()), Figures.of(copies.near())));
    if (copies.largest().isEmpty()) {
      return;
    }
    html.element("h3", "The documents with the most copies");
    for (ScreeningFacts.Cluster cluster : copies.largest()) {
      html.open("figure", "class", "sample");
      html.element(
          "figcaption",
          "%s copies, %s of them near ones; one begins so"
              .formatted(Figures.of(cluster.copies()), Figures.of(cluster.near())));
      html.element(
          "pre",
          cluster.excerpt(),
          "tabindex",
          "0",
          "dir",
          "auto",
          "aria-label",
          "Its first bytes");
      html.close();
    }
  }
}
