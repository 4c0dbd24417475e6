package io.chorale.report;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.checkpoint.CheckpointChoice;
import io.chorale.config.SettingsFile;
import io.chorale.io.Storage;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.apache.hadoop.conf.Configuration;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** Run directories and their pages, for tests. */
final class Runs {
  static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final Path FIXTURES =
      Path.of("src/test/resources/fixtures/dataset-1-checkpoint-2");

  private Runs() {}

  /** A copy of a small run that has a checkpoint. */
  static Path copy(String kind, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(FIXTURES.resolve(kind))) {
      for (Path file : files.toList()) {
        Path target = to.resolve(FIXTURES.resolve(kind).relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
    return to;
  }

  /** Metrics of many rounds, evaluated every second one, gone on with from a third of them on. */
  static List<ObjectNode> rounds(int count) {
    JsonMapper json = JsonMapper.builder().build();
    return IntStream.rangeClosed(1, count)
        .mapToObj(
            round -> {
              double loss = 1.5 + 2.5 / round + 0.01 * Math.sin(round);
              ObjectNode line = json.createObjectNode();
              line.put("round", round).put("workers", 2).put("local_steps", 10L * round);
              line.put("tokens", 5120L * round).put("train_loss", loss);
              if (round % 2 == 0 || count == 1) {
                line.put("validation_loss", loss + 0.125);
                line.putObject("validation")
                    .put("loss", loss + 0.125)
                    .put("perplexity", Math.exp(loss + 0.125));
              } else {
                line.putNull("validation_loss");
                line.putObject("validation");
              }
              line.put("learning_rate", 1e-3 / round).put("tokens_per_second", 9000.0 + round % 7);
              line.put("compute_seconds", 2.0 + round % 3).put("averaging_seconds", 0.5);
              line.put("evaluation_seconds", 0.25).put("commit_seconds", 0.125);
              line.put("bytes_up", 1440).put("bytes_down", 5664).put("delta_norm", 0.5 / round);
              line.put("gradient_norm", 1.0 / round).put("parameter_norm", 20.0 + round);
              line.put("worker_distance", 0.25 / round);
              line.put("starts", round > count / 3 ? 2 : 1).put("time", "2026-03-01T11:00:00Z");
              return line;
            })
        .toList();
  }

  static void write(Path run, List<?> lines) throws IOException {
    Files.writeString(
        run.resolve("metrics.jsonl"),
        String.join("\n", lines.stream().map(Object::toString).toList()) + "\n");
  }

  /** The page of some runs. */
  static String page(List<Path> runs, String... inside) {
    Report report = new Report(new Storage(new Configuration()), NOW);
    for (Path run : runs) {
      report.add(
          new org.apache.hadoop.fs.Path(run.toUri()),
          SettingsFile.read("test", "", List.of("generate.tokens=20")),
          CheckpointChoice.LAST,
          List.of(inside));
    }
    return report.page();
  }

  /** The page as XML, which fails where it is not well-formed. */
  static Document parse(String page) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
    return factory.newDocumentBuilder().parse(new InputSource(new StringReader(page)));
  }

  static List<Element> all(Document page, String tag) {
    NodeList found = page.getElementsByTagName(tag);
    return IntStream.range(0, found.getLength()).mapToObj(i -> (Element) found.item(i)).toList();
  }

  /** The rows of the table with that caption, heads first. */
  static List<List<String>> table(Document page, String caption) {
    Element table =
        all(page, "table").stream()
            .filter(
                some ->
                    some.getElementsByTagName("caption").item(0).getTextContent().equals(caption))
            .findFirst()
            .orElseThrow();
    List<List<String>> rows = new ArrayList<>();
    NodeList lines = table.getElementsByTagName("tr");
    for (int i = 0; i < lines.getLength(); i++) {
      NodeList cells = lines.item(i).getChildNodes();
      rows.add(
          IntStream.range(0, cells.getLength())
              .mapToObj(j -> cells.item(j).getTextContent())
              .toList());
    }
    return rows;
  }

  /** Asserts that a page fetches nothing, and that what was given runs nowhere in it. */
  static void assertAlone(Document page) {
    for (Element element : all(page, "*")) {
      NamedNodeMap attributes = element.getAttributes();
      for (int i = 0; i < attributes.getLength(); i++) {
        String name = attributes.item(i).getNodeName();
        String value = attributes.item(i).getNodeValue();
        assertFalse(name.startsWith("on"), name);
        if (List.of("href", "src", "xlink:href", "action", "data").contains(name)) {
          assertTrue(value.startsWith("#") || value.startsWith("data:"), name + "=" + value);
        }
      }
    }
    String style = all(page, "style").get(0).getTextContent();
    assertFalse(style.contains("url(") || style.contains("@import"));
    String script = all(page, "script").get(0).getTextContent();
    for (String way : List.of("fetch(", "XMLHttpRequest", "import(", "WebSocket", "://")) {
      assertFalse(script.contains(way), way);
    }
  }
}
