package io.chorale.jobs.tokenize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.io.Faults;
import io.chorale.jobs.command.CommandRun;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Documents that rules reject are left out of a dataset, and accounted for. */
class ScreeningTest {
  private static final List<String> FILES = List.of("a.txt", "b.txt", "c.txt");
  private static final int DOCUMENTS = 1000;
  private static final String TEXT =
      "the river runs through the valley of stones that we have seen. ";
  private static final List<String> RULES =
      List.of(
          "quality.reject=[words < 30]",
          "quality.languages=en",
          "quality.pattern=secret-[0-9]+",
          "corpus.max-rejected=0");

  @RegisterExtension final FaultyFiles storage = new FaultyFiles();

  @TempDir Path directory;

  /** Each file is a part: of ten documents one is short, one German, one secret. */
  private void writeCorpus() throws IOException {
    Path corpus = Files.createDirectories(directory.resolve("corpus"));
    for (int file = 0; file < FILES.size(); file++) {
      StringBuilder lines = new StringBuilder();
      for (int i = 0; i < DOCUMENTS; i++) {
        int number = file * DOCUMENTS + i;
        lines.append(
            switch (i % 10) {
              case 3 -> TEXT.repeat(2) + number;
              case 5 -> "Der Fluss fliesst durch das Tal und wir sehen ihn. ".repeat(9) + number;
              case 7 -> TEXT.repeat(9) + "secret-" + number;
              default -> TEXT.repeat(10) + number;
            });
        lines.append('\n');
      }
      Files.writeString(corpus.resolve(FILES.get(file)), lines);
    }
  }

  private CommandRun tokenize(String master, String data, List<String> more) {
    List<String> settings = new ArrayList<>(more);
    settings.add("corpus.paths=[faulty://" + directory.resolve("corpus") + "]");
    settings.add("data.path=faulty://" + directory.resolve(data));
    if (more.stream().noneMatch(setting -> setting.startsWith("tokenizer."))) {
      settings.add("tokenizer.kind=characters");
    }
    return CommandRun.with(settings, "tokenize", "--master=" + master);
  }

  private static List<String> and(List<String> settings, String... more) {
    return Stream.concat(settings.stream(), Stream.of(more)).toList();
  }

  /** How often each file of the corpus is opened from now on. */
  private static Map<String, Integer> watched() {
    Map<String, Integer> opened = new ConcurrentHashMap<>();
    Faults.follow(
        (operation, path) -> {
          if (FaultyFiles.isOpened() && FILES.contains(path.getName())) {
            opened.merge(path.getName(), 1, Integer::sum);
          }
        });
    return opened;
  }

  private TreeMap<String, byte[]> files(String data) throws IOException {
    return FaultyFiles.of(directory.resolve(data));
  }

  private void assertSame(String expected, String actual) throws IOException {
    FaultyFiles.assertSame(directory.resolve(expected), directory.resolve(actual));
  }

  private List<String> rejected(String data) throws IOException {
    List<String> lines = new ArrayList<>();
    for (Map.Entry<String, byte[]> file : files(data).entrySet()) {
      if (file.getKey().startsWith("rejected/")) {
        lines.addAll(new String(file.getValue()).lines().toList());
      }
    }
    return lines;
  }

  @Test
  void everyDocumentStaysOrHasItsReasonAndNewThresholdsReadNoTextToMeasure() throws IOException {
    writeCorpus();
    String work = "data.work=faulty://" + directory.resolve("work");
    CommandRun run = tokenize("local[2]", "first", and(RULES, work));
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(
        run.out().contains("2100 documents; rejected: 300 quality, 300 language, 300 pattern;"),
        run.out());
    assertTrue(run.out().contains("300 by words < 30"), run.out());
    String page = new String(files("first").get("dataset.html"));
    for (String told : List.of("Rejected by rule", "words &lt; 30", "Languages")) {
      assertTrue(page.contains(told), told);
    }
    List<String> rejected = rejected("first");
    assertEquals(900, rejected.size());
    assertTrue(
        rejected.get(0).contains("\"reason\":\"quality\",\"cause\":\"words < 30 (25)\""),
        rejected.get(0));
    assertTrue(rejected.get(1).contains("language other than en (de)"), rejected.get(1));
    assertTrue(rejected.get(2).contains("pattern-matches >= 1 (1)"), rejected.get(2));

    String tokenizer = "tokenizer.file=faulty://" + directory.resolve("first/tokenizer.json");
    List<String> other = and(RULES.subList(1, 4), work, tokenizer, "quality.reject=words < 3");
    Map<String, Integer> opened = watched();
    run = tokenize("local[2]", "second", other);
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(
        run.out().contains("2400 documents; rejected: 300 language, 300 pattern;"), run.out());
    // Once each: to encode it.
    assertEquals(Map.of("a.txt", 1, "b.txt", 1, "c.txt", 1), opened);
  }

  /** The second run is killed while it measures, and gone on with by the third. */
  @Test
  void neitherCoresNorAKillChangeAByte() throws IOException {
    writeCorpus();
    assertEquals(0, tokenize("local[1]", "one", RULES).exitCode());
    boolean[] killed = new boolean[1];
    Faults.follow(
        (operation, path) -> {
          killed[0] |= path.toString().matches(".*/attributes-.*part-00001.*");
          if (killed[0]) {
            throw new InterruptedIOException("killed");
          }
        });
    assertEquals(1, tokenize("local[1]", "data", RULES).exitCode());
    Map<String, Integer> opened = watched();
    CommandRun next = tokenize("local[4]", "data", RULES);
    assertEquals(0, next.exitCode(), next.err());
    assertTrue(next.err().contains("Going on with what an earlier run"), next.err());
    // To measure, but for the first one; to train the tokenizer, and to encode.
    assertEquals(Map.of("a.txt", 2, "b.txt", 3, "c.txt", 3), opened);
    assertSame("one", "data");
    try (Stream<Path> found = Files.list(directory)) {
      assertTrue(found.noneMatch(file -> file.getFileName().toString().startsWith(".")));
    }
  }

  @Test
  void linesAreCutOutOfTextsThatStayInTheirSplits() throws IOException {
    Path corpus = Files.createDirectories(directory.resolve("corpus"));
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      lines.append("{\"text\": \"This is line number %d that ends well.\\nXXXX\"}\n".formatted(i));
    }
    lines.append("{\"text\": \"XXXX\"}\n");
    Files.writeString(corpus.resolve("a.jsonl"), lines);
    List<String> shares = List.of("data.validation=0.2", "data.test=0.2");
    CommandRun whole = tokenize("local[2]", "whole", shares);
    CommandRun cut = tokenize("local[2]", "cut", and(shares, "quality.lines=c4"));
    assertEquals(0, cut.exitCode(), cut.err());
    assertTrue(cut.out().contains("300 documents; rejected: 1 quality;"), cut.out());
    assertTrue(rejected("cut").get(0).contains("lines left by c4 < 1 (0)"), cut.out());
    // The one without a line is a training document here.
    for (String split : List.of("validation", "test")) {
      assertEquals(rows(whole, split), rows(cut, split), cut.out());
    }
    assertTrue(new String(files("whole").get("tokenizer.json")).contains("\"X\""));
    assertTrue(!new String(files("cut").get("tokenizer.json")).contains("\"X\""));
  }

  private static String rows(CommandRun run, String split) {
    return run.out()
        .lines()
        .filter(line -> line.strip().startsWith(split))
        .findFirst()
        .orElseThrow()
        .replaceAll(".*, ([0-9,]+ rows),.*", "$1");
  }

  @Test
  void badSettingsAreRefusedBeforeAnythingIsWritten() throws IOException {
    writeCorpus();
    Map<String, String> refusals =
        Map.of(
            "quality.preset=gofer",
            "Cannot find preset \"gofer\": expected one of c4 fineweb",
            "quality.reject=wrods < 3",
            "Correct the name; the nearest is words.",
            "quality.reject=words = 3",
            "Cannot read rule \"words = 3\": expected MEASURE < NUMBER",
            "quality.reject=pattern-matches > 1",
            "quality.pattern is not set",
            "quality.pattern=(",
            "Cannot read pattern \"(\"",
            "quality.languages=English",
            "Cannot keep language \"English\"",
            "data.work=faulty://" + directory.resolve("data/work"),
            "Choose another data.work.",
            "data.work=faulty://" + directory,
            "Choose another data.work.");
    for (Map.Entry<String, String> refusal : refusals.entrySet()) {
      CommandRun run = tokenize("local[1]", "data", List.of(refusal.getKey()));
      assertEquals(2, run.exitCode(), run.err());
      assertTrue(run.err().contains(refusal.getValue()), run.err());
      try (Stream<Path> found = Files.list(directory)) {
        assertEquals(List.of("corpus"), found.map(f -> f.getFileName().toString()).toList());
      }
    }
  }
}
