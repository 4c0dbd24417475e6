package io.chorale.report;

import java.util.List;

/** Draws what the corpus held besides documents, by reason, with examples. */
final class RejectedSection {
  private static final int MOST_CHARACTERS = 500;
  private static final int MOST_REASONS = 50;

  private final Rejections rejections;
  private final boolean stays;

  /**
   * @param stays whether they can be looked at
   */
  RejectedSection(Rejections rejections, boolean stays) {
    this.rejections = rejections;
    this.stays = stays;
  }

  void draw(Html html) {
    List<Rejections.Of> reasons = rejections.reasons().stream().limit(MOST_REASONS).toList();
    if (reasons.isEmpty()) {
      return;
    }
    html.element(
        "p",
        !stays
            ? "Blank lines of a text are not counted here."
            : rejections.whole()
                ? "What was set aside in rejected/, where the file and place of each stand. Blank lines of a text are not kept there."
                : "What was set aside in rejected/, of which only the first %,d lines were counted."
                    .formatted(rejections.count()));
    ShareTable.draw(
        html,
        "Rejected",
        List.of("reason", "number"),
        reasons.stream()
            .map(of -> new ShareTable.Line(List.of(shortened(of.reason())), of.count()))
            .toList(),
        rejections.count());
    for (Rejections.Of of : reasons) {
      html.element("h3", "The first of " + shortened(of.reason()));
      of.examples().forEach(example -> draw(html, example));
    }
  }

  private static void draw(Html html, Rejections.Example example) {
    html.open("figure", "class", "sample");
    String bytes = "%,d bytes".formatted(example.bytes());
    html.element(
        "figcaption", example.why().isEmpty() ? bytes : bytes + ", " + shortened(example.why()));
    html.element(
        "pre",
        shortened(example.excerpt()),
        "tabindex",
        "0",
        "dir",
        "auto",
        "aria-label",
        "Its first bytes");
    html.close();
  }

  private static String shortened(String text) {
    return Figures.shortened(text, MOST_CHARACTERS);
  }
}
