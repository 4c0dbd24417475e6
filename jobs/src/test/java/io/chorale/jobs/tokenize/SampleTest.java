package io.chorale.jobs.tokenize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.jobs.command.CommandRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A sample of a corpus tells of the whole, and leaves a page alone. */
class SampleTest {
  private static final int DOCUMENTS = 40_000;
  private static final String TEXT =
      "the river runs through the valley of stones that we have seen";
  private static final Pattern CORPUS =
      Pattern.compile("corpus +([0-9,]+) ± ([0-9.]+) % of ([0-9,]+) ± ([0-9.]+) % records, .*");

  @TempDir Path directory;

  /** Of ten documents one is short, and one has an address; the lengths of the others differ. */
  private static String documents(int from, int to) {
    StringBuilder lines = new StringBuilder();
    for (int i = from; i < to; i++) {
      lines.append("{\"text\": \"");
      lines.append(
          switch (i % 10) {
            case 3 -> "short " + i;
            case 7 -> TEXT + " ask a.person" + i + "@example.org about it " + i;
            default -> (TEXT + " " + i + " ").repeat(1 + i % 4);
          });
      lines.append("\"}\n");
    }
    return lines.toString();
  }

  private void write(String name, String content) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  private CommandRun run(List<String> options, String... more) {
    List<String> settings = new ArrayList<>(List.of(more));
    settings.add("data.path=" + directory.resolve("dataset"));
    List<String> command = new ArrayList<>(List.of("tokenize", "--master=local[2]"));
    command.addAll(options);
    return CommandRun.with(settings, command.toArray(String[]::new));
  }

  private CommandRun sample(String share, String... more) {
    return run(List.of("--sample=" + share), more);
  }

  private String corpus() {
    return "corpus.paths=['" + directory.resolve("corpus") + "']";
  }

  private String page() throws IOException {
    return Files.readString(directory.resolve("dataset-sample.html"));
  }

  private List<String> left() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static double number(String told) {
    return Double.parseDouble(told.replace(",", ""));
  }

  @Test
  void theWholeIsEstimatedAndAPageStays() throws IOException {
    write("corpus/a.jsonl", documents(0, DOCUMENTS / 2));
    write("corpus/b.jsonl", documents(DOCUMENTS / 2, DOCUMENTS) + "no json\n");
    CommandRun run =
        sample(
            "10%",
            corpus(),
            "quality.reject=[words < 5]",
            "privacy.mask=email",
            "tokenizer.vocabulary=300");
    assertEquals(0, run.exitCode(), run.err());
    Matcher told = CORPUS.matcher(run.out());
    assertTrue(told.find(), run.out());
    assertEquals(0.9 * DOCUMENTS, number(told.group(1)), 0.03 * DOCUMENTS);
    assertEquals(DOCUMENTS, number(told.group(3)), 0.03 * DOCUMENTS);
    assertTrue(number(told.group(2)) < 5, run.out());
    assertTrue(run.out().contains("trained on the sample"), run.out());
    assertTrue(run.out().contains("by words < 5"), run.out());
    assertTrue(run.out().contains("email"), run.out());
    assertEquals(List.of("corpus", "dataset-sample.html"), left());
    String page = page();
    for (String part :
        List.of(
            "The whole corpus",
            "Account",
            "Lengths",
            "Personal data",
            "one was trained on the sample",
            "understates")) {
      assertTrue(page.contains(part), part);
    }
    assertFalse(page.contains("<h2 id=\"uses-title\">"), "no command goes on from a sample");

    CommandRun again =
        sample(
            "0.1",
            corpus(),
            "quality.reject=[words < 5]",
            "privacy.mask=email",
            "tokenizer.vocabulary=300");
    assertTrue(again.out().contains(told.group()), again.out());
  }

  @Test
  void aDatasetThatIsThereIsLeftAlone() throws IOException {
    write("corpus/a.txt", "one\ntwo\nthree\n".repeat(20));
    assertEquals(
        0, run(List.of(), corpus(), "data.split=tail", "tokenizer.kind=characters").exitCode());
    String manifest = Files.readString(directory.resolve("dataset/dataset.json"));
    String tokenizer = "tokenizer.file=" + directory.resolve("dataset/tokenizer.json");
    CommandRun run = sample("1", corpus(), "data.split=tail", tokenizer);
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.out().contains("60 ± 0 % of 60 ± 0 % records"), run.out());
    assertFalse(run.out().contains("trained on the sample"), run.out());
    assertEquals(manifest, Files.readString(directory.resolve("dataset/dataset.json")));
    assertEquals(List.of("corpus", "dataset", "dataset-sample.html"), left());
  }

  @Test
  void whatWouldBeRefusedIsTold() throws IOException {
    write("corpus/a.jsonl", (documents(1, 2) + "no json\n").repeat(2_000));
    CommandRun run = sample("0.5", corpus(), "tokenizer.kind=characters");
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.out().contains("the whole would not be taken: "), run.out());
    assertTrue(page().contains("bad-json"));
  }

  @Test
  void rowsOfATableAreChosenByTheirHash() throws IOException {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      rows.append("{\"text\": \"").append(TEXT).append(' ').append(i).append("\"}\n");
    }
    write("table/a.json", rows.toString());
    String query = "corpus.query=SELECT text FROM json.`" + directory.resolve("table") + "`";
    CommandRun run = sample("5%", query, "tokenizer.kind=characters");
    assertEquals(0, run.exitCode(), run.err());
    Matcher told = CORPUS.matcher(run.out());
    assertTrue(told.find(), run.out());
    assertEquals(20_000, number(told.group(3)), 2_000);
    assertEquals(6, number(told.group(4)), 1);
    assertEquals(List.of("dataset-sample.html", "table"), left());
    assertTrue(page().contains("equal rows come together"));
  }

  /** Of ten rows none may be in a sample, and training ones tell of the whole all the same. */
  @Test
  void aTableNeedNotHaveARowOfEachHeldOutSplit() throws IOException {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 5_000; i++) {
      rows.append("{\"text\": \"").append(TEXT).append(' ').append(i).append("\"}\n");
    }
    write("table/a.json", rows.toString());
    write("held/a.json", "{\"text\": \"the only one\"}\n");
    CommandRun run =
        sample(
            "5%",
            "corpus.format=json",
            "corpus.paths=['" + directory.resolve("table") + "']",
            "corpus.validation-paths=['" + directory.resolve("held") + "']",
            "tokenizer.kind=characters");
    assertEquals(0, run.exitCode(), run.err());
    Matcher told = CORPUS.matcher(run.out());
    assertTrue(told.find(), run.out());
    assertEquals(5_000, number(told.group(3)), 1_000);
    assertTrue(run.out().contains("The sample has no row of validation"), run.out());
    assertTrue(page().contains("The sample has no row of validation"));
  }

  @Test
  void aPageIsNoDocument() throws IOException {
    write("a.txt", "one\ntwo\n".repeat(1_000));
    CommandRun within =
        sample("0.5", "corpus.paths=['" + directory + "']", "tokenizer.kind=characters");
    assertEquals(2, within.exitCode(), within.err());
    assertTrue(within.err().contains("it would be a document of the corpus"), within.err());
    assertEquals(List.of("a.txt"), left());
    String glob = "corpus.paths=['" + directory.resolve("*") + "']";
    assertEquals(0, sample("0.5", glob, "tokenizer.kind=characters").exitCode());
    CommandRun later = run(List.of(), glob, "tokenizer.kind=characters");
    assertEquals(2, later.exitCode(), later.err());
    assertTrue(later.err().contains("which --sample wrote"), later.err());
    assertEquals(List.of("a.txt", "dataset-sample.html"), left());
  }

  @Test
  void ofNumbersNumbersAreCounted() throws IOException {
    write(
        "corpus/a.jsonl", "{\"series\": [[1, 2], [3, 4], [5, 6]], \"label\": 1}\n".repeat(20_000));
    CommandRun run =
        sample(
            "10%",
            corpus(),
            "corpus.text-field=",
            "corpus.series-field=series",
            "corpus.label-field=label",
            "corpus.label-type=number");
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.out().contains(" numbers"), run.out());
    assertFalse(run.out().contains("tokens"), run.out());
    assertFalse(run.out().contains("bytes a token"), run.out());
    assertFalse(page().contains("bytes per token"));
  }

  @Test
  void aSampleWithoutADocumentIsTooSmall() throws IOException {
    // One line that is longer than a stretch, and blank ones.
    write("corpus/a.txt", "x".repeat(1 << 20) + "\n".repeat(1 << 17));
    CommandRun run = sample("0.0001", corpus(), "tokenizer.kind=characters");
    assertEquals(2, run.exitCode(), run.err());
    assertTrue(run.err().contains("Cannot use the sample: no document begins in"), run.err());
    assertEquals(List.of("corpus"), left());
  }

  @Test
  void ofAnEmptyCorpusNoShareHelps() throws IOException {
    write("corpus/a.txt", "");
    CommandRun run = sample("0.1", corpus(), "tokenizer.kind=characters");
    assertEquals(1, run.exitCode(), run.err());
    assertTrue(run.err().contains("it holds no usable document"), run.err());
    assertEquals(List.of("corpus"), left());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-0.1", "1.5", "101%", "some", "", "NaN", "0%"})
  void aShareIsAboveNothingAndAtMostAll(String share) throws IOException {
    write("corpus/a.txt", "one\n");
    CommandRun run = sample(share, corpus());
    assertEquals(2, run.exitCode(), run.err());
    assertTrue(run.err().contains("expected a share above 0 and at most 1"), run.err());
    assertEquals(List.of("corpus"), left());
  }

  @ParameterizedTest
  @CsvSource({
    "--overwrite, tokenizer.kind=words, --sample writes none",
    "--sample=0.1, corpus.time-field=when, Cannot sample steps of series: corpus.time-field is when",
  })
  void whatASampleCannotDoIsRefused(String option, String setting, String message)
      throws IOException {
    write("corpus/a.txt", "one\n");
    String series = setting.startsWith("corpus.time") ? "corpus.value-fields=[a]" : setting;
    CommandRun run =
        run(
            option.startsWith("--sample") ? List.of(option) : List.of("--sample=0.1", option),
            corpus(),
            setting,
            series);
    assertEquals(2, run.exitCode(), run.err());
    assertTrue(run.err().contains(message), run.err());
    assertEquals(List.of("corpus"), left());
  }
}
