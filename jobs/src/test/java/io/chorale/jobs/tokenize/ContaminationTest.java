package io.chorale.jobs.tokenize;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.data.DocumentHash;
import io.chorale.io.Faults;
import io.chorale.jobs.command.CommandRun;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Held-out texts are found in the training split, told, and left out of it on request. */
class ContaminationTest {
  private static final String FIND = "contamination.find=true";

  @RegisterExtension final FaultyFiles storage = new FaultyFiles();

  @TempDir Path directory;

  private final Random random = new Random(5);

  private List<String> words(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> Integer.toString(random.nextInt(1 << 30) + (1 << 30), 36))
        .map(word -> word.replaceAll("[0-9]", "o"))
        .toList();
  }

  private String text(int count) {
    return String.join(" ", words(count));
  }

  private void write(String file, List<String> lines) throws IOException {
    Files.write(directory.resolve(file), lines);
  }

  private CommandRun tokenize(String master, String data, String... more) {
    List<String> settings = new ArrayList<>(List.of(more));
    settings.add("corpus.paths=faulty://" + directory.resolve("train.txt"));
    settings.add("corpus.max-rejected=0");
    settings.add("tokenizer.kind=characters");
    settings.add("data.path=faulty://" + directory.resolve(data));
    return CommandRun.with(settings, "tokenize", "--master=" + master);
  }

  private String path(String key, String file) {
    return key + "=faulty://" + directory.resolve(file);
  }

  private TreeMap<String, byte[]> files(String data) throws IOException {
    return FaultyFiles.of(directory.resolve(data));
  }

  private void assertSame(String expected, String actual) throws IOException {
    FaultyFiles.assertSame(directory.resolve(expected), directory.resolve(actual));
  }

  private static void assertTold(CommandRun run, String... lines) {
    assertEquals(0, run.exitCode(), run.err());
    for (String line : lines) {
      assertTrue(run.out().contains(line + "\n"), run.out());
    }
  }

  /**
   * Of the validation file a 13-gram and a 12-gram are in training documents, of the benchmark a
   * whole text, written otherwise; a phrase of the test file is in many.
   */
  private void writeCorpus() throws IOException {
    List<String> validation = words(60);
    String bench = text(50);
    String phrase = text(20);
    List<String> training = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      training.add(text(30) + (i % 20 == 0 ? " " + phrase + " " : " ") + text(30));
    }
    training.set(7, text(9) + " " + String.join(" ", validation.subList(21, 34)) + " " + text(8));
    training.set(8, text(9) + " " + String.join(" ", validation.subList(40, 52)) + " " + text(8));
    training.set(9, bench.toUpperCase(Locale.ROOT).replace(" ", ", ") + "!");
    write("train.txt", training);
    write("validation.txt", List.of(String.join(" ", validation), text(40), "too short"));
    write("test.txt", List.of(text(30) + " " + phrase));
    write("bench.txt", List.of(text(30), bench));
  }

  @Test
  void whatIsFoundIsToldAndLeftOutOnRequest() throws IOException {
    writeCorpus();
    List<String> more =
        List.of(
            path("corpus.validation-paths", "validation.txt"),
            path("corpus.test-paths", "test.txt"),
            path("contamination.paths", "bench.txt"),
            path("data.work", "work"),
            FIND);
    CommandRun told = tokenize("local[2]", "told", more.toArray(String[]::new));
    assertTold(
        told,
        "validation: 1 of 3 documents, 13 of 102 words in common 13-grams",
        "test: 0 of 1 documents, 0 of 50 words in common 13-grams",
        "bench.txt: 1 of 2 documents, 50 of 80 words in common 13-grams",
        "train: 2 of 300 documents, 63 of 18,229 words in common 13-grams");
    String page = new String(files("told").get("dataset.html"));
    assertTrue(page.contains("Held-out texts in the training split"), page);
    assertTrue(page.contains("18,229"), page);
    assertTrue(told.out().contains("304 documents; rejected: none;"), told.out());

    List<String> removing = new ArrayList<>(more);
    removing.add("contamination.most-share=0.5");
    CommandRun run = tokenize("local[1]", "clean", removing.toArray(String[]::new));
    assertTold(run, "train: 2 of 300 documents, 63 of 18,229 words in common 13-grams");
    assertTrue(run.out().contains("303 documents; rejected: 1 contaminated;"), run.out());
    String rejected = new String(files("clean").get("rejected/part-00000.jsonl"));
    assertTrue(
        rejected.contains(
            "\"reason\":\"contaminated\",\"cause\":\"words found in held-out texts > 0.5 (50 of 50)\""),
        rejected);

    removing.set(3, "contamination.common=0");
    run = tokenize("local[4]", "again", removing.toArray(String[]::new));
    assertTold(run, "test: 1 of 1 documents, 20 of 50 words in common 13-grams");
    assertTrue(run.out().contains("303 documents; rejected: 1 contaminated;"), run.out());
    assertArrayEquals(files("clean").get("dataset.json"), files("again").get("dataset.json"));
  }

  /** What the dataset holds out is not trained on, whenever training documents come. */
  @Test
  void ofWhatIsAddedTextsThatTheDatasetHoldsOutAreLeftOut() throws IOException {
    String heldOut = text(50);
    write("train.txt", IntStream.range(0, 20).mapToObj(i -> text(40)).toList());
    write("validation.txt", List.of(heldOut, text(40)));
    List<String> settings =
        List.of(
            "corpus.paths=faulty://" + directory + "/train*.txt",
            path("corpus.validation-paths", "validation.txt"),
            "tokenizer.kind=characters",
            FIND,
            "contamination.most-share=0.5",
            "data.path=faulty://" + directory.resolve("data"));
    CommandRun made = CommandRun.with(settings, "tokenize", "--master=local[2]");
    assertEquals(0, made.exitCode(), made.err());
    write("train-2.txt", List.of(text(30), heldOut.toUpperCase(Locale.ROOT), text(40)));
    CommandRun added = CommandRun.with(settings, "tokenize", "--add", "--master=local[2]");
    assertTold(added, "train: 1 of 3 documents, 50 of 120 words in common 13-grams");
    assertTrue(added.out().contains("2 documents; rejected: 1 contaminated;"), added.out());
  }

  /** Of each text there are two that differ in a word, so that a hash may part them. */
  @Test
  void documentsThatAHashHoldsOutAreFoundThroughEverySecondGramToo() throws IOException {
    List<String> training = new ArrayList<>();
    Settings settings = SettingsFile.with(SettingsFile.defaults(), "data.validation=0.3");
    int held = 0;
    int found = 0;
    for (int i = 0; i < 100; i++) {
      String text = text(200);
      List<String> both = List.of(text + " one", text + " two");
      training.addAll(both);
      long out = both.stream().filter(one -> heldOut(one, settings)).count();
      held += (int) out;
      found += out == 1 ? 1 : 0;
    }
    write("train.txt", training);
    String[] more = {FIND, "data.validation=0.3", "contamination.most-share=0.5"};
    CommandRun all = tokenize("local[2]", "all", more);
    assertTold(
        all,
        "validation: %d of %d documents, %,d of %,d words in common 13-grams"
            .formatted(found, held, 200 * found, 201 * held));
    String kept = "%d documents; rejected: %d contaminated;".formatted(200 - found, found);
    assertTrue(all.out().contains(kept), all.out());

    String[] fewer = {more[0], more[1], more[2], "contamination.grams=2000"};
    CommandRun some = tokenize("local[2]", "some", fewer);
    assertEquals(0, some.exitCode(), some.err());
    assertTrue(some.out().contains("words in common 13-grams (one of 8)\n"), some.out());
    assertTrue(some.out().contains(kept), some.out());
    assertArrayEquals(files("all").get("dataset.json"), files("some").get("dataset.json"));
  }

  private static boolean heldOut(String text, Settings settings) {
    return DocumentHash.of(text).split(settings.data()) != DatasetSplit.TRAIN;
  }

  @Test
  void aRunThatIsKilledIsGoneOnWith() throws IOException {
    writeCorpus();
    String[] more = {
      path("corpus.validation-paths", "validation.txt"),
      path("contamination.paths", "bench.txt"),
      "contamination.most-share=0.5",
      FIND
    };
    assertEquals(0, tokenize("local[1]", "one", more).exitCode());
    boolean[] killed = new boolean[1];
    Faults.follow(
        (operation, path) -> {
          killed[0] |= path.toString().matches(".*/contaminated-.*part-00000.*");
          if (killed[0]) {
            throw new InterruptedIOException("killed");
          }
        });
    assertEquals(1, tokenize("local[1]", "data", more).exitCode());
    int[] opened = new int[1];
    Faults.follow(
        (operation, path) ->
            opened[0] += path.getName().equals("bench.txt") && FaultyFiles.isOpened() ? 1 : 0);
    CommandRun next = tokenize("local[4]", "data", more);
    assertTold(next, "bench.txt: 1 of 2 documents, 50 of 80 words in common 13-grams");
    assertEquals(0, opened[0]);
    assertSame("one", "data");
    try (Stream<Path> found = Files.list(directory)) {
      assertTrue(found.noneMatch(file -> file.getFileName().toString().startsWith(".")));
    }
  }

  @Test
  void nothingHeldOutIsRefusedBeforeAnythingIsWritten() throws IOException {
    writeCorpus();
    write("blank.txt", List.of("", " "));
    CommandRun none = tokenize("local[1]", "data", FIND, "data.validation=0");
    assertEquals(2, none.exitCode(), none.err());
    assertTrue(none.err().contains("Cannot look for held-out texts: there are none"), none.err());
    CommandRun absent =
        tokenize("local[1]", "data", FIND, path("contamination.paths", "absent.txt"));
    assertEquals(2, absent.exitCode(), absent.err());
    assertTrue(absent.err().contains("Check contamination.paths."), absent.err());
    CommandRun blank = tokenize("local[1]", "data", FIND, path("contamination.paths", "blank.txt"));
    assertEquals(1, blank.exitCode(), blank.err());
    assertTrue(blank.err().contains("Cannot look for the texts of"), blank.err());
    assertTrue(Files.notExists(directory.resolve("data")));
  }
}
