package io.chorale.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.DatasetSplit;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.data.Facts;
import io.chorale.data.Ids;
import io.chorale.data.Numbers;
import io.chorale.data.Row;
import io.chorale.data.Schema;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class DatasetPageTest {
  private static final List<String> WORDS =
      List.of("the", "a", "of", " ", "two words", "<b>", "\n", "word");
  private static final List<String> LABELS = List.of("bad", "fair", "good");

  @TempDir Path directory;

  /** Writes a dataset with a column of every kind. */
  private List<List<Row>> write(int shards) {
    byte[] tokenizer = Datasets.tokenizer(WORDS);
    int entries = WORDS.size() + 2;
    List<List<Row>> train =
        IntStream.range(0, shards)
            .mapToObj(shard -> Datasets.rows(10 + shard, entries, LABELS.size(), shard))
            .toList();
    Datasets.write(directory, Datasets.schema(tokenizer, entries, LABELS), tokenizer, train);
    return train;
  }

  private static List<String> titles(Document page) {
    return Runs.all(page, "h2").stream().map(Element::getTextContent).toList();
  }

  private static int[] ids(Row row, String column) {
    return ((Ids) row.cell(column)).values();
  }

  @Test
  void aPageStandsAloneAndIsTheSameTwice() throws Exception {
    write(3);
    Datasets.reject(directory, 0, "{\"bytes\":1,\"reason\":\"nul\",\"excerpt\":\"x\"}\n");
    String text = Datasets.page(directory);
    assertEquals(text, Datasets.page(directory));
    assertTrue(text.getBytes(StandardCharsets.UTF_8).length < Report.LIMIT);
    assertFalse(text.contains(directory.toString()));
    assertFalse(text.replace("http://www.w3.org/1999/xhtml", "").contains("://"));
    Document page = Runs.parse(text);
    Runs.assertAlone(page);
    assertEquals(
        List.of(
            "Splits",
            "Columns",
            "Lengths",
            "Tokens",
            "Labels",
            "Numbers",
            "Rejected",
            "Padding and truncation",
            "Commands"),
        titles(page));
    assertEquals(
        titles(page), Runs.all(page, "a").stream().skip(1).map(Element::getTextContent).toList());
  }

  /** As it is made before the manifest is there, and elsewhere. */
  @Test
  void aPageDependsOnNoPlace() throws Exception {
    write(3);
    String expected = Datasets.page(directory);
    Path staged = directory.resolveSibling(directory.getFileName() + "-staged");
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.toList()) {
        Files.copy(file, staged.resolve(directory.relativize(file).toString()));
      }
    }
    byte[] manifest = Files.readAllBytes(staged.resolve(DatasetManifest.FILE));
    Files.delete(staged.resolve(DatasetManifest.FILE));
    DatasetPage.publish(
        Datasets.STORAGE, Dataset.of(Datasets.STORAGE, Datasets.path(staged), manifest));
    assertEquals(expected, Files.readString(staged.resolve(DatasetPage.FILE)));
    Datasets.STORAGE.deleteRecursively(Datasets.path(staged));
  }

  @Test
  void everyTableTellsWhatTheRowsHold() throws Exception {
    List<Row> rows = write(3).stream().flatMap(List::stream).toList();
    Document page = Runs.parse(Datasets.page(directory));
    int[] lengths = rows.stream().mapToInt(row -> ids(row, "text").length).sorted().toArray();
    long tokens = IntStream.of(lengths).sum();

    List<String> train = Runs.table(page, "Splits").get(1);
    assertEquals(
        List.of("train", "33", "97.1\u00a0%", Figures.of(tokens), Figures.of(tokens)),
        train.subList(0, 5));
    assertEquals("231", train.get(6)); // 7 bytes a row
    assertEquals(Figures.of(231.0 / tokens, 4), train.get(7));
    assertEquals("3", train.get(8));
    assertEquals("–", Runs.table(page, "Splits").get(3).get(7)); // no test split

    List<List<String>> told = Runs.table(page, "Lengths");
    assertEquals(3, told.size()); // tags are as long as texts
    assertEquals(
        List.of(
            "text, tokens",
            Figures.of(tokens / 33.0, 4),
            Figures.of(lengths[16]), // 17 of 33 are at least a half, 33 are 99 %
            Figures.of(lengths[32]),
            Figures.of(lengths[32])),
        told.get(1));
    Map<Integer, Long> bars =
        IntStream.of(lengths)
            .boxed()
            .collect(Collectors.groupingBy(Integer::highestOneBit, Collectors.counting()));
    List<List<String>> chart = Runs.table(page, "Lengths of text");
    for (List<String> bar : chart.subList(1, chart.size())) {
      int from = Integer.parseInt(bar.get(0));
      assertEquals(Figures.of(bars.getOrDefault(from, 0L)), bar.get(1));
    }
    assertEquals(33, chart.stream().skip(1).mapToInt(bar -> Integer.parseInt(bar.get(1))).sum());

    Map<Integer, Long> counts =
        rows.stream()
            .flatMapToInt(row -> Arrays.stream(ids(row, "text")))
            .boxed()
            .collect(Collectors.groupingBy(id -> id, Collectors.counting()));
    List<List<String>> frequent = Runs.table(page, "Most frequent tokens of text");
    assertEquals(counts.size(), frequent.size() - 1);
    long before = Long.MAX_VALUE;
    for (List<String> line : frequent.subList(1, frequent.size())) {
      long count = counts.get(Integer.parseInt(line.get(1)));
      assertTrue(count <= before);
      before = count;
      assertEquals(
          List.of(Figures.of(count), Figures.percent(count / (double) tokens)), line.subList(2, 4));
    }
    Map<String, String> texts =
        frequent.stream()
            .skip(1)
            .collect(Collectors.toMap(line -> line.get(1), line -> line.get(0)));
    assertTrue(
        texts.values().containsAll(List.of("(end of text)", "the", "two␣words", "␊", "<b>")),
        texts.toString());

    Map<Integer, Long> labels =
        rows.stream()
            .map(row -> ids(row, "label")[0])
            .collect(Collectors.groupingBy(label -> label, Collectors.counting()));
    for (List<String> line : Runs.table(page, "Labels of label").subList(1, 4)) {
      long count = labels.get(LABELS.indexOf(line.get(0)));
      assertEquals(List.of(Figures.of(count), Figures.percent(count / 33.0)), line.subList(1, 3));
    }

    double highest =
        rows.stream()
            .map(row -> ((Numbers) row.cell("values")).values())
            .flatMapToDouble(
                values -> IntStream.range(0, values.length / 2).mapToDouble(i -> values[2 * i + 1]))
            .max()
            .orElseThrow();
    List<String> wet = Runs.table(page, "Numbers of values").get(2);
    assertEquals(
        List.of("wet", "-1", "0.25", Figures.of(highest * 0.25 - 1, 5)),
        List.of(wet.get(0), wet.get(1), wet.get(2), wet.get(4)));

    List<List<String>> contexts = Runs.table(page, "Contexts for text");
    double longer = IntStream.of(lengths).filter(length -> length > 256).count() / 33.0;
    assertEquals(Figures.percent(longer), contexts.get(2).get(1));
    assertEquals("0\u00a0%", contexts.get(2).get(3));
  }

  @Test
  void ofManyShardsASampleIsReadAndSaidSo() throws Exception {
    List<List<Row>> shards = write(80);
    int[] owner =
        IntStream.range(0, shards.size())
            .flatMap(shard -> shards.get(shard).stream().mapToInt(row -> shard))
            .toArray();
    int[] some =
        IntStream.range(0, 64)
            .map(i -> owner[(int) ((i + 0.5) * owner.length / 64)])
            .distinct()
            .toArray();
    List<Row> rows = IntStream.of(some).mapToObj(shards::get).flatMap(List::stream).toList();
    Document page = Runs.parse(Datasets.page(directory));
    String text = page.getDocumentElement().getTextContent();
    assertTrue(
        text.contains(
            "Of a sample of the training split (%d of its 80 shards, evenly spread: %,d rows)"
                .formatted(some.length, rows.size())),
        text);
    List<List<String>> labels = Runs.table(page, "Labels of label");
    assertEquals(
        rows.size(),
        labels.stream()
            .skip(1)
            .mapToInt(line -> Integer.parseInt(line.get(1).replace(",", "")))
            .sum());
    assertEquals(
        "3,960", Runs.table(page, "Splits").get(1).get(1)); // all of them: 10 + 11 + … + 89
    // The longest row of the whole split is known without its shard.
    int longest =
        shards.stream()
            .flatMap(List::stream)
            .mapToInt(row -> ids(row, "text").length)
            .max()
            .orElseThrow();
    assertEquals(Figures.of(longest), Runs.table(page, "Lengths").get(1).get(4));
  }

  @Test
  void rejectionsAreCountedByReasonWithTheirFirstExamples() throws Exception {
    write(1);
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 5; i++) {
      lines.append(
          "{\"file\":\"/home/me/a.txt\",\"offset\":%d,\"bytes\":%d,\"reason\":\"nul\",\"excerpt\":\"no. %d\"}\n"
              .formatted(10 * i, 1000 + i, i));
    }
    Datasets.reject(directory, 0, lines + "no object\n");
    Datasets.reject(
        directory,
        1,
        "{\"bytes\":7,\"reason\":\"bad-csv\",\"cause\":\"3 fields\",\"rule\":\"short\",\"value\":2.5,\"excerpt\":\"a,b,c\"}\n"
            + lines);
    Document page = Runs.parse(Datasets.page(directory));
    List<List<String>> table = Runs.table(page, "Rejected");
    assertEquals(List.of("nul", "10", "90.9\u00a0%"), table.get(1));
    assertEquals(List.of("bad-csv", "1", "9.09\u00a0%"), table.get(2));
    List<String> examples =
        Runs.all(page, "figure").stream()
            .filter(figure -> figure.getAttribute("class").equals("sample"))
            .map(Element::getTextContent)
            .toList();
    assertEquals(
        List.of(
            "1,000 bytesno. 0",
            "1,001 bytesno. 1",
            "1,002 bytesno. 2",
            "7 bytes, cause: 3 fields, rule: short, value: 2.5a,b,c"),
        examples);
    assertFalse(page.getDocumentElement().getTextContent().contains("/home/me"));
  }

  @Test
  void whatIsHostileIsText() throws Exception {
    String hostile = "</style><script>alert(1)</script><img src=x onerror=alert(2)> \"'&\u202e";
    byte[] tokenizer = Datasets.tokenizer(List.of(hostile, "plain"));
    List<String> labels = List.of(hostile, "b" + hostile, "x".repeat(5000));
    Datasets.write(
        directory,
        Datasets.schema(tokenizer, 4, labels),
        tokenizer,
        List.of(Datasets.rows(50, 4, labels.size(), 1)));
    String json = hostile.replace("\"", "\\\"") + "\\u0000\\ud800";
    Datasets.reject(
        directory,
        0,
        "{\"reason\":\"%s\",\"excerpt\":\"%s\",\"cause\":\"%s\"}\n".formatted(json, json, json));
    Document page = Runs.parse(Datasets.page(directory));
    Runs.assertAlone(page);
    assertEquals(1, Runs.all(page, "script").size());
    assertEquals(1, Runs.all(page, "style").size());
    assertEquals(0, Runs.all(page, "img").size());
    String shown = hostile.replace('\u202e', '\ufffd');
    assertEquals(shown + "␀\ufffd", Runs.all(page, "pre").get(0).getTextContent());
    assertTrue(
        Runs.table(page, "Most frequent tokens of text").stream()
            .anyMatch(line -> line.get(0).equals(shown.replace(' ', '␣'))));
    List<String> names =
        Runs.table(page, "Labels of label").stream().map(line -> line.get(0)).toList();
    assertTrue(names.containsAll(List.of(shown, "b" + shown, "x".repeat(200) + "…")));
  }

  /** Datasets that past versions wrote; their tokenizer is none. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "io/chorale/data/dataset-1",
        "io/chorale/data/dataset-2",
        "io/chorale/data/dataset-3",
        "fixtures/dataset-1-checkpoint-2/dataset"
      })
  void oldDatasetsHaveAPage(String name) throws Exception {
    Path fixture = Path.of("src/test/resources", name);
    Document page = Runs.parse(Datasets.page(fixture));
    Runs.assertAlone(page);
    DatasetManifest manifest = Datasets.open(fixture).manifest();
    assertEquals(
        Figures.of(manifest.split(DatasetSplit.TRAIN).rows()),
        Runs.table(page, "Splits").get(1).get(1));
    assertEquals(manifest.columns().size() > 1, titles(page).contains("Labels"));
    String text = page.getDocumentElement().getTextContent();
    assertEquals(name.startsWith("io"), text.contains("the tokenizer cannot be read"), text);
    assertTrue(text.contains("task.kind=language-model"), text);
  }

  /** What has neither text nor labels, and was cut into windows by time. */
  @Test
  void aPageOfSeriesTellsWhatThereIs() throws Exception {
    Schema schema =
        new Schema(
            List.of(
                Column.series(Column.SERIES, 1),
                Column.series(Column.HISTORY, 1),
                Column.series(Column.CALENDAR, 1)),
            Map.of(
                Column.SERIES,
                Facts.series(List.of("load"), List.of(3.0), List.of(2.0), "PT1H", 2),
                Column.CALENDAR,
                Facts.labels(List.of("hour"))));
    Numbers history = Numbers.of(1, 0.5f, 1);
    Row row =
        new Row(
            Map.of(
                Column.SERIES, Numbers.of(1, -1, 0, 1, 2),
                Column.HISTORY, history,
                Column.CALENDAR, Numbers.of(1, 0, 0.1f, 0.2f, 0.3f, 0.4f, 0.5f)));
    Datasets.write(directory, schema, null, List.of(List.of(row)));
    Document page = Runs.parse(Datasets.page(directory));
    assertEquals(List.of("Splits", "Columns", "Lengths", "Numbers", "Commands"), titles(page));
    assertEquals(List.of("load", "3", "2", "1", "7"), Runs.table(page, "Numbers of series").get(1));
    String text = page.getDocumentElement().getTextContent();
    assertTrue(text.contains("a step each PT1H; up to 2 steps of history before a row"), text);
    assertTrue(text.contains("task.kind=forecast"), text);
    assertFalse(text.contains("task.kind=language-model"), text);
  }
}
