package io.chorale.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.config.SettingsException;
import io.chorale.io.Storage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class ReportTest {
  @TempDir Path directory;

  private Path run(String kind, int rounds) throws Exception {
    Path run = Runs.copy(kind, directory.resolve(kind));
    Runs.write(run, Runs.rounds(rounds));
    return run;
  }

  @Test
  void aPageStandsAlone() throws Exception {
    String text = Runs.page(List.of(run("lstm", 40), run("transformer", 40)), "the quick brown");
    assertTrue(text.getBytes(StandardCharsets.UTF_8).length < Report.LIMIT);
    Document page = Runs.parse(text);
    Runs.assertAlone(page);
    assertEquals(
        List.of("State", "Curves", "Inside", "Samples", "Settings", "Provenance", "Commands"),
        Runs.all(page, "h2").stream().map(Element::getTextContent).toList());
    for (Element link : Runs.all(page, "a")) {
      String to = link.getAttribute("href").substring(1);
      assertTrue(
          Runs.all(page, "*").stream().anyMatch(element -> element.getAttribute("id").equals(to)),
          to);
    }
    for (Element drawing : Runs.all(page, "svg")) {
      boolean decoration = drawing.getAttribute("aria-hidden").equals("true");
      assertTrue(
          decoration
              || (!drawing.getAttribute("aria-label").isEmpty()
                  && drawing.getAttribute("tabindex").equals("0")));
    }
    for (Element figure : Runs.all(page, "figure")) {
      if (figure.getAttribute("class").equals("chart")) {
        assertEquals(1, figure.getElementsByTagName("table").getLength(), figure.getTextContent());
      }
    }
  }

  /** Each chart by the fields of its curves. */
  private static final Map<String, List<String>> CHARTS =
      Map.of(
          "Loss by steps", List.of("validation_loss", "train_loss"),
          "Perplexity", List.of("validation/perplexity"),
          "Learning rate", List.of("learning_rate"),
          "Gradient norm", List.of("gradient_norm"),
          "Parameter norm", List.of("parameter_norm"),
          "Change of a round", List.of("delta_norm"),
          "Distance between workers", List.of("worker_distance"),
          "Speed", List.of("tokens_per_second"));

  @Test
  void everyTableTellsTheMetrics() throws Exception {
    Document page = Runs.parse(Runs.page(List.of(run("lstm", 30))));
    List<ObjectNode> rounds = Runs.rounds(30);
    CHARTS.forEach(
        (chart, fields) -> {
          List<List<String>> told = new ArrayList<>();
          for (ObjectNode round : rounds) {
            List<String> row =
                new ArrayList<>(List.of(Figures.of(round.get("local_steps").asDouble())));
            fields.forEach(
                field -> {
                  var value = round.at("/" + field);
                  row.add(value.isNumber() ? Figures.of(value.asDouble()) : "");
                });
            if (row.stream().skip(1).anyMatch(cell -> !cell.isEmpty())) {
              told.add(row);
            }
          }
          List<List<String>> table = Runs.table(page, chart);
          assertEquals(told, table.subList(1, table.size()), chart);
        });
    List<List<String>> bars = Runs.table(page, "Seconds of a round");
    assertEquals(List.of("2", "4", "0.5", "0.25", "0.125"), bars.get(2));
    assertEquals(31, bars.size());
    List<List<String>> byTime = Runs.table(page, "Loss by time");
    assertEquals("3.875", byTime.get(1).get(0)); // the first round's parts
    assertTrue(Figures.of(1.0 / 3, 5).equals("0.33333"));
  }

  @Test
  void aRestartIsMarked() throws Exception {
    Document page = Runs.parse(Runs.page(List.of(run("lstm", 30))));
    Element figure = Runs.all(page, "figure").get(0);
    List<Element> marks =
        Runs.all(page, "line").stream()
            .filter(line -> line.getAttribute("class").equals("mark"))
            .filter(line -> line.getParentNode().getParentNode() == figure)
            .toList();
    assertEquals(1, marks.size());
    assertTrue(figure.getTextContent().contains("gone on from a checkpoint"));
    // After round 10 of 30, where the axis begins with round 1.
    Element plot = (Element) figure.getElementsByTagName("svg").item(0);
    Element train = (Element) plot.getElementsByTagName("polyline").item(1);
    String[] points = train.getAttribute("points").split(" ");
    assertEquals(points[9].split(",")[0], marks.get(0).getAttribute("x1"));
  }

  @Test
  void whatIsHostileIsText() throws Exception {
    String hostile =
        "</script><script>alert(1)</script><img src=x onerror=alert(2)> \"'&\u0000\u202e\ud800";
    Path run = Runs.copy("lstm", directory.resolve("<b>run' &amp;"));
    Storage storage = new Storage(new Configuration());
    new RunDirectory(storage, new org.apache.hadoop.fs.Path(run.toUri()))
        .writeFailure(new RunDirectory.Failure(3, "2026-03-01T11:30:00Z", hostile));
    Files.writeString(
        run.resolve("settings.yaml"),
        Files.readString(run.resolve("settings.yaml"))
            .replaceAll("stop: .*", "stop: \"</style><script>alert(3)</script>\""));
    Document page = Runs.parse(Runs.page(List.of(run), "the " + hostile));
    Runs.assertAlone(page);
    assertEquals(1, Runs.all(page, "script").size());
    assertEquals(1, Runs.all(page, "style").size());
    assertEquals(
        0,
        Runs.all(page, "img").stream()
            .filter(img -> !img.getAttribute("src").startsWith("data:"))
            .count());
    String text = page.getDocumentElement().getTextContent();
    assertTrue(text.contains("Failed in round 3: </script><script>alert(1)</script>"));
    assertTrue(text.contains("␀\ufffd\ufffd"));
    assertTrue(
        Runs.table(page, "Settings that differ from the defaults").stream()
            .anyMatch(row -> row.contains("</style><script>alert(3)</script>")));
  }

  @Test
  void aRunWithoutACheckpointSaysSo() throws Exception {
    Path run = run("lstm", 2);
    for (Path file :
        List.of("checkpoints/round-00000002/manifest.json").stream().map(run::resolve).toList()) {
      Files.delete(file);
    }
    Files.writeString(
        run.resolve("metrics.jsonl"),
        Files.readString(run.resolve("metrics.jsonl")) + "{\"round\":3,\"tr");
    String text = Runs.parse(Runs.page(List.of(run), "text")).getDocumentElement().getTextContent();
    assertTrue(text.contains("The last line of metrics.jsonl is damaged"), text);
    assertTrue(text.contains("There is no checkpoint"), text);
  }

  @Test
  void aRunThatHasJustBegunSaysSo() throws Exception {
    Path run = Runs.copy("lstm", directory.resolve("run"));
    Files.delete(run.resolve("metrics.jsonl"));
    Files.delete(run.resolve("checkpoints/round-00000002/manifest.json"));
    Document page = Runs.parse(Runs.page(List.of(run)));
    String text = page.getDocumentElement().getTextContent();
    assertTrue(text.contains("No round was committed yet."));
    assertTrue(text.contains("There are no rounds to draw."));
    Path nothing = Files.createDirectory(directory.resolve("nothing"));
    assertThrows(SettingsException.class, () -> Runs.page(List.of(nothing)));
  }

  @Test
  void anUnfinishedRunTellsHowFarItCame() throws Exception {
    Path run = run("lstm", 1);
    Files.delete(run.resolve("checkpoints/round-00000002/manifest.json"));
    Files.writeString(
        run.resolve("settings.yaml"),
        Files.readString(run.resolve("settings.yaml")).replaceAll("steps: [0-9]+", "steps: 500"));
    Document page = Runs.parse(Runs.page(List.of(run)));
    String text = page.getDocumentElement().getTextContent();
    assertTrue(text.contains("Unfinished: 10 of 500 steps after 1 rounds."), text);
    assertTrue(text.contains("It seems to have stopped"), text);
    assertEquals(2, Runs.table(page, "Loss by steps").size());
  }

  @Test
  void thousandsOfRoundsFit() throws Exception {
    int count = 6000;
    Path run = Runs.copy("lstm", directory.resolve("long"));
    List<ObjectNode> rounds = Runs.rounds(count);
    rounds.get(4321).put("train_loss", 77.5); // a spike that must not be lost
    Runs.write(run, rounds);
    String text = Runs.page(List.of(run, run), "the quick brown fox");
    assertTrue(text.getBytes(StandardCharsets.UTF_8).length < Report.LIMIT);
    Document page = Runs.parse(Runs.page(List.of(run)));
    List<List<String>> table = Runs.table(page, "Loss by steps");
    assertTrue(table.size() > 300 && table.size() < 1500, "rows: " + table.size());
    assertTrue(table.stream().anyMatch(row -> row.get(2).equals("77.5")));
    assertEquals("60,000", table.get(table.size() - 1).get(0));
    assertEquals("10", table.get(1).get(0));
    assertTrue(page.getDocumentElement().getTextContent().contains("more rounds than are drawn"));
  }

  /** Contrast as WCAG 2.1 defines it: text and what is drawn, on the card and the page. */
  @Test
  void coloursHaveContrast() throws Exception {
    String css =
        new String(
            Report.class.getResourceAsStream("page.css").readAllBytes(), StandardCharsets.UTF_8);
    String[] modes = css.split("prefers-color-scheme: dark", 2);
    for (String mode : List.of(modes[0], modes[1].substring(0, modes[1].indexOf("box-sizing")))) {
      Map<String, Double> light = new java.util.HashMap<>();
      java.util.regex.Matcher colour =
          java.util.regex.Pattern.compile("--([a-z0-9]+): #([0-9a-f]{6});").matcher(mode);
      while (colour.find()) {
        light.put(colour.group(1), luminance(Integer.parseInt(colour.group(2), 16)));
      }
      for (String ink :
          List.of("ink", "soft", "accent", "bad", "s0", "s1", "s2", "s3", "s4", "s5")) {
        for (String ground : List.of("page", "card")) {
          double a = light.get(ink) + 0.05;
          double b = light.get(ground) + 0.05;
          double contrast = Math.max(a, b) / Math.min(a, b);
          assertTrue(contrast >= 4.5, "%s on %s: %.2f".formatted(ink, ground, contrast));
        }
      }
    }
  }

  private static double luminance(int colour) {
    double sum = 0;
    double[] weights = {0.2126, 0.7152, 0.0722};
    for (int i = 0; i < 3; i++) {
      double c = ((colour >> (16 - 8 * i)) & 0xff) / 255.0;
      sum += weights[i] * (c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4));
    }
    return sum;
  }

  /** The gradient's chart of a text, and its maps. */
  @Test
  void theInsideOfTwoModelsStandsSideBySide() throws Exception {
    Document page =
        Runs.parse(Runs.page(List.of(run("lstm", 4), run("transformer", 4)), "the quick brown"));
    List<List<String>> first = Runs.table(page, "First layer, all runs");
    assertEquals(List.of("step", "lstm", "transformer"), first.get(0));
    List<String> last = first.get(first.size() - 1);
    assertEquals(List.of("1", "1"), last.subList(1, 3));
    assertEquals("the quick brown".length() - 1, first.size() - 1);
    List<List<String>> looks = Runs.table(page, "transformer: layers.0.attention");
    assertEquals("1 t, 1", looks.get(1).get(1)); // the first step sees itself alone
    assertTrue(Runs.all(page, "image").size() >= 3);
    assertEquals(
        0,
        Runs.all(page, "image").stream()
            .filter(i -> !i.getAttribute("href").startsWith("data:image/png;base64,"))
            .count());
  }
}
