package io.chorale.report;

import java.util.Map;

/** Draws a few facts side by side, each with its name. */
final class Tiles {
  private Tiles() {}

  /** Draws them in their order; none draw nothing. */
  static void draw(Html html, Map<String, String> facts) {
    if (facts.isEmpty()) {
      return;
    }
    html.open("dl", "class", "tiles");
    facts.forEach(
        (name, value) -> html.open("div").element("dt", name).element("dd", value).close());
    html.close();
  }
}
