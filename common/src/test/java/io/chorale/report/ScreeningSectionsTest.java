package io.chorale.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import io.chorale.data.Contamination;
import io.chorale.data.ScreeningFacts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** What was found in documents before they became a dataset is told on its page. */
class ScreeningSectionsTest {
  private static final String HOSTILE = "</pre><script>alert(1)</script>";

  private static final ScreeningFacts FACTS =
      new ScreeningFacts(
          new TreeMap<>(Map.of("words < 50", 30L, "stop-words < 2", 10L)),
          new TreeMap<>(Map.of("email", 3L, "ip", 9L)),
          new TreeMap<>(Map.of("en", 75L, "de", 20L, HOSTILE, 5L)),
          List.of(
              new ScreeningFacts.Histogram("words", false, List.of(0L, 0L, 7L, 1L)),
              new ScreeningFacts.Histogram("duplicate-line-share", true, List.of(5L, 0L, 3L))),
          new ScreeningFacts.Copies(
              4, 2, List.of(new ScreeningFacts.Cluster(5, 2, HOSTILE + "\\x00"))),
          new Contamination(
              13,
              4,
              List.of(
                  new Contamination.Texts("validation", 200, 3, 10, 4000, 100),
                  new Contamination.Texts(HOSTILE, 1, 1, 0, 0, 0)),
              new Contamination.Texts("train", 10_000, 40, 100, 400_000, 1000)));

  @TempDir Path directory;

  private Document page(ScreeningFacts facts) throws Exception {
    byte[] tokenizer = Datasets.tokenizer(List.of("one", "two"));
    Datasets.write(
        directory,
        Datasets.schema(tokenizer, 4, List.of("a", "b")),
        tokenizer,
        List.of(Datasets.rows(20, 4, 2, 1)));
    facts.publish(Datasets.STORAGE, Datasets.path(directory));
    Document page = Runs.parse(Datasets.page(directory));
    Runs.assertAlone(page);
    return page;
  }

  private static List<String> titles(Document page) {
    return Runs.all(page, "h2").stream().map(Element::getTextContent).toList();
  }

  @Test
  void everySectionTellsWhatWasFound() throws Exception {
    Document page = page(FACTS);
    assertTrue(
        titles(page)
            .containsAll(
                List.of(
                    "Quality", "Copies", "Held-out texts in the training split", "Personal data")));
    assertEquals(
        List.of(
            List.of("words < 50", "30", "75\u00a0%"), List.of("stop-words < 2", "10", "25\u00a0%")),
        cells(page, "Rejected by rule"));
    assertEquals(
        List.of(
            List.of("en", "75", "75\u00a0%"),
            List.of("de", "20", "20\u00a0%"),
            List.of(HOSTILE, "5", "5\u00a0%")),
        cells(page, "Languages"));
    assertEquals(
        List.of(List.of("ip", "9", "75\u00a0%"), List.of("email", "3", "25\u00a0%")),
        cells(page, "Masked"));
    assertEquals(
        List.of(List.of("2", "7"), List.of("4", "1")),
        Runs.table(page, "words").stream().skip(1).toList());
    assertEquals(
        List.of(List.of("0.00", "5"), List.of("0.05", "0"), List.of("0.10", "3")),
        Runs.table(page, "duplicate-line-share").stream().skip(1).toList());
    assertEquals(
        List.of(
            List.of("validation", "200", "10", "5\u00a0%", "4,000", "100", "2.5\u00a0%", "3"),
            List.of(HOSTILE, "1", "0", "0\u00a0%", "0", "0", "–", "1"),
            List.of("train", "10,000", "100", "1\u00a0%", "400,000", "1,000", "0.25\u00a0%", "40")),
        Runs.table(page, "Held-out texts in the training split").stream().skip(1).toList());
    String text = page.getDocumentElement().getTextContent();
    assertTrue(text.contains("4 documents have the text of another one, 2 one"), text);
    assertTrue(text.contains("one of 4 such places was looked for"), text);
    assertTrue(text.contains("5 copies, 2 of them near ones; one begins so" + HOSTILE), text);
    assertEquals(1, Runs.all(page, "script").size());
  }

  /** Without the column that a bar stands in. */
  private static List<List<String>> cells(Document page, String title) {
    return Runs.table(page, title).stream().skip(1).map(line -> line.subList(0, 3)).toList();
  }

  @Test
  void whereNothingWasLookedForNothingIsTold() throws Exception {
    FACTS.publish(Datasets.STORAGE, Datasets.path(directory));
    List<String> titles = titles(page(ScreeningFacts.NONE));
    for (String title : List.of("Quality", "Copies", "Personal data")) {
      assertFalse(titles.contains(title), titles.toString());
    }
    assertTrue(Files.notExists(directory.resolve(ScreeningFacts.FILE)));
  }

  @Test
  void theFileComesBackAndDamageIsSeen() throws Exception {
    FACTS.publish(Datasets.STORAGE, Datasets.path(directory));
    assertEquals(FACTS, ScreeningFacts.of(Datasets.STORAGE, List.of(Datasets.path(directory))));
    Path file = directory.resolve(ScreeningFacts.FILE);
    Files.writeString(file, Files.readString(file).replace("\"exact\" : 4", "\"exact\" : 5"));
    ChoraleException damaged =
        assertThrows(
            ChoraleException.class,
            () -> ScreeningFacts.of(Datasets.STORAGE, List.of(Datasets.path(directory))));
    assertTrue(damaged.getMessage().contains("write the dataset again"), damaged.getMessage());
  }
}
