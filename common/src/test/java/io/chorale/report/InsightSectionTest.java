package io.chorale.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.evaluate.Insight;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** What was seen inside of a model is drawn as it was seen. */
class InsightSectionTest {
  private static final float[][][] LOOKS = {{{1, 0}, {0.25f, 0.75f}}};

  private static Document drawn(Insight insight) throws Exception {
    Html html = new Html();
    html.open("div");
    new InsightSection(List.of(new InsightSection.Named("run", insight)), 8, 8).draw(html);
    html.close();
    return Runs.parse(html.toString());
  }

  private static List<String> chips(Document page) {
    return Runs.all(page, "span").stream()
        .filter(span -> span.getAttribute("class").equals("chip"))
        .map(Element::getTextContent)
        .toList();
  }

  @Test
  void tagsAndNumbersStandWhereTheyWereSeen() throws Exception {
    Document page =
        drawn(
            new Insight(
                "a fox",
                "the loss of the tag that is predicted last, “NOUN”",
                List.of("a", "fox"),
                List.of(),
                List.of(
                    new Insight.Prediction("a → DET", Double.NaN),
                    new Insight.Prediction("fox → NOUN", 0.5)),
                List.of(new Insight.Attention("encoder.layers.0.attention", LOOKS, true)),
                List.of(new Insight.Gradients("encoder.layers.0", new double[] {0.125, 0.5})),
                List.of(
                    new Insight.States("encoder.layers.0", new float[][] {{3, -4}, {0.5f, 0}}))));
    assertEquals(List.of("a → DET", "fox → NOUN 50\u00a0%"), chips(page));
    assertTrue(page.getDocumentElement().getTextContent().contains("the tag that is predicted"));
    assertEquals(
        List.of(List.of("step", "encoder.layers.0"), List.of("1", "0.125"), List.of("2", "0.5")),
        Runs.table(page, "Gradient norm by layer"));
    assertEquals(
        List.of(
            List.of("step", "head 1 looks most at"),
            List.of("1 a", "1 a, 1"),
            List.of("2 fox", "2 fox, 0.75")),
        Runs.table(page, "encoder.layers.0.attention"));
    assertEquals(
        List.of(
            List.of("step", "norm", "strongest unit"),
            List.of("1 a", "5", "2: -4"),
            List.of("2 fox", "0.5", "1: 0.5")),
        Runs.table(page, "encoder.layers.0"));
  }

  /** A decoder's rows are what is written, its columns what was read. */
  @Test
  void aDecoderLooksAtWhatWasRead() throws Exception {
    Document page =
        drawn(
            new Insight(
                "a fox",
                "a loss",
                List.of("a", "fox"),
                List.of("begin", "ein"),
                List.of(),
                List.of(new Insight.Attention("decoder.layers.0.memory", LOOKS, false)),
                List.of(),
                List.of()));
    assertEquals(List.of(), chips(page));
    assertEquals(
        List.of(
            List.of("step", "head 1 looks most at"),
            List.of("1 begin", "1 a, 1"),
            List.of("2 ein", "2 fox, 0.75")),
        Runs.table(page, "decoder.layers.0.memory"));
  }

  /** A linear forecast has no layers: what it forecasts is all that is told. */
  @Test
  void withoutLayersThereAreOnlyPredictions() throws Exception {
    Document page =
        drawn(
            new Insight(
                "[1, 2]",
                "the mean of all that is forecast",
                List.of("1", "2"),
                List.of(),
                List.of(new Insight.Prediction("x: 3, 4", Double.NaN)),
                List.of(),
                List.of(),
                List.of()));
    assertEquals(List.of("x: 3, 4"), chips(page));
    assertEquals(0, Runs.all(page, "h3").size());
    assertEquals(0, Runs.all(page, "table").size());
  }
}
