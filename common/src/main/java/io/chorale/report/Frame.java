package io.chorale.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes the page around the sections: head, style, script, and the links to the sections. */
final class Frame {
  /** Nothing is fetched from anywhere, whatever the page says. */
  private static final String POLICY =
      "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline';"
          + " base-uri 'none'; form-action 'none'";

  private Frame() {}

  /**
   * A page.
   *
   * @param note at its end
   */
  static String page(String title, List<Section> sections, String note) {
    Map<Section, Html> bodies = new LinkedHashMap<>();
    for (Section section : sections) {
      Html body = new Html();
      section.body().accept(body);
      if (!body.isEmpty()) {
        bodies.put(section, body);
      }
    }
    Html html = new Html();
    begin(html, title, bodies.keySet());
    bodies.forEach(
        (section, body) -> {
          String heading = section.id() + "-title";
          html.open("section", "id", section.id(), "aria-labelledby", heading);
          html.element("h2", section.title(), "id", heading).add(body).close();
        });
    html.close().open("footer").element("p", note).close();
    html.open("script").constant(resource("page.js")).close();
    return html.closeTo(0).toString();
  }

  private static void begin(Html html, String title, Collection<Section> sections) {
    html.constant("<!DOCTYPE html>\n");
    html.open("html", "lang", "en", "xmlns", "http://www.w3.org/1999/xhtml").open("head");
    html.empty("meta", "charset", "utf-8");
    html.empty("meta", "http-equiv", "Content-Security-Policy", "content", POLICY);
    html.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    html.empty("meta", "name", "color-scheme", "content", "light dark");
    html.empty("link", "rel", "icon", "href", "data:,");
    html.element("title", title);
    html.open("style").constant(resource("page.css")).close().close();
    html.open("body");
    html.element("a", "To the content", "class", "skip", "href", "#content");
    html.open("header").element("h1", title);
    html.open("nav", "aria-label", "Sections").open("ul");
    for (Section section : sections) {
      html.open("li").element("a", section.title(), "href", "#" + section.id()).close();
    }
    html.close().close().close();
    html.open("main", "id", "content", "tabindex", "-1");
  }

  private static String resource(String name) {
    try (InputStream in = Frame.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
