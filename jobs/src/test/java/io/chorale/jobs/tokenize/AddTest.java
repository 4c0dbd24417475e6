package io.chorale.jobs.tokenize;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.DatasetSplit;
import io.chorale.corpus.Account;
import io.chorale.corpus.Ledger;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.data.ScreeningFacts;
import io.chorale.data.ShardFacts;
import io.chorale.io.Storage;
import io.chorale.jobs.command.CommandRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A dataset grows by what is new of its corpus, and nothing else of it changes. */
class AddTest {
  private static final Storage STORAGE = new Storage(new Configuration());

  @TempDir Path directory;
  private Path corpus;

  @BeforeEach
  void makeCorpus() throws IOException {
    corpus = Files.createDirectories(directory.resolve("corpus"));
    write("a.txt", 0, 200);
    write("b.txt", 200, 300);
  }

  private void write(String name, int from, int to) throws IOException {
    Files.write(corpus.resolve(name), lines(from, to));
  }

  private void append(String name, int from, int to) throws IOException {
    Files.write(corpus.resolve(name), lines(from, to), StandardOpenOption.APPEND);
  }

  private static String word(Random random) {
    return random.ints(6, 'a', 'z' + 1).mapToObj(Character::toString).collect(joining());
  }

  private static List<String> lines(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "line " + i + " of the corpus").toList();
  }

  private CommandRun tokenize(String data, List<String> command, String... set) {
    List<String> settings = new ArrayList<>();
    settings.add("corpus.paths=[" + corpus + "]");
    settings.add("tokenizer.kind=characters");
    settings.add("data.shards=2");
    settings.add("data.path=" + directory.resolve(data));
    settings.addAll(Arrays.asList(set));
    return CommandRun.with(settings, command.toArray(String[]::new));
  }

  private CommandRun make(String data, String... set) {
    CommandRun made = tokenize(data, List.of("tokenize", "--master=local[2]"), set);
    assertEquals(0, made.exitCode(), made.err());
    return made;
  }

  private CommandRun add(String data, String... set) {
    return tokenize(data, List.of("tokenize", "--add", "--master=local[2]"), set);
  }

  private CommandRun added(String data, String... set) {
    CommandRun added = add(data, set);
    assertEquals(0, added.exitCode(), added.err());
    return added;
  }

  private void refused(String expected, CommandRun run) {
    assertEquals(2, run.exitCode(), run.err());
    assertTrue(run.err().contains(expected), run.err());
  }

  private Dataset dataset(String data) {
    return Dataset.open(STORAGE, new org.apache.hadoop.fs.Path(directory.resolve(data).toString()));
  }

  private TreeMap<String, byte[]> files(String data) throws IOException {
    return FaultyFiles.of(directory.resolve(data));
  }

  private static long rows(Dataset dataset) {
    return Arrays.stream(DatasetSplit.values())
        .mapToLong(split -> dataset.manifest().split(split).rows())
        .sum();
  }

  private static void assertSameBytes(Map<String, byte[]> some, Map<String, byte[]> others) {
    assertEquals(some.keySet(), others.keySet());
    some.forEach((name, bytes) -> assertArrayEquals(bytes, others.get(name), name));
  }

  @Test
  void whatIsNewIsAddedAndNothingElseChanges() throws IOException {
    make("data");
    make("alone");
    TreeMap<String, byte[]> before = files("data");
    write("c.txt", 300, 400);
    append("b.txt", 400, 450);
    CommandRun added = added("data");
    assertTrue(added.err().contains("Of 3 files 1 are new and 1 have changed"), added.err());
    assertTrue(added.out().contains("150 documents; rejected: 100 known;"), added.out());

    Dataset dataset = dataset("data");
    assertEquals(450, rows(dataset));
    dataset.checkShards();
    TreeMap<String, byte[]> after = files("data");
    before.forEach(
        (name, bytes) -> {
          if (!name.equals("dataset.json") && !name.equals("dataset.html")) {
            assertArrayEquals(bytes, after.get(name), name);
          }
        });
    String addition = dataset.manifest().additions().get(0);
    assertTrue(addition.matches("additions/0001-[0-9a-f]{8}"), addition);
    assertArrayEquals(after.get("dataset.json"), after.get("additions/0001.json"));
    for (ShardFacts shard : dataset.manifest().split(DatasetSplit.TRAIN).shards()) {
      assertTrue(after.containsKey(shard.name()), shard.name());
      shard.documents().files(shard.name()).forEach(file -> assertTrue(after.containsKey(file)));
    }
    assertTrue(
        after.keySet().stream()
            .filter(name -> !before.containsKey(name))
            .allMatch(name -> name.startsWith("additions/")),
        after.keySet().toString());

    Account.OfSource account =
        Account.of(STORAGE, dataset.runs()).orElseThrow().sources().get("corpus");
    assertEquals(550, account.read().documents());
    assertEquals(450, account.kept().documents());
    assertEquals(100, account.reasons().get("known").documents());
    String page = new String(after.get("dataset.html"));
    assertTrue(page.contains("addition 1"), "what each run has added");
    assertTrue(page.contains(dataset.fingerprint()), "the page of the dataset as it is");

    CommandRun other = tokenize("alone", List.of("tokenize", "--add", "--master=local[3]"));
    assertEquals(0, other.exitCode(), other.err());
    assertSameBytes(after, files("alone"));
  }

  @Test
  void aGrownDatasetIsTrainedOn() throws IOException {
    make("data", "data.validation=0.3");
    write("c.txt", 300, 400);
    added("data", "data.validation=0.3");
    List<String> settings =
        List.of(
            "data.path=" + directory.resolve("data"),
            "run.path=" + directory.resolve("run"),
            "model.kind=rnn",
            "model.layers=1",
            "model.width=8",
            "train.batch=2",
            "train.context=8",
            "train.workers=3",
            "train.steps=4",
            "train.average-every=2");
    // Two shards of the first run, and one that was added.
    CommandRun trained = CommandRun.with(settings, "train", "--master=local[2]");
    assertEquals(0, trained.exitCode(), trained.err());
    CommandRun evaluated = CommandRun.with(settings, "evaluate", "--json", "--master=local[2]");
    assertEquals(0, evaluated.exitCode(), evaluated.err());
    DatasetManifest.Split held = dataset("data").manifest().split(DatasetSplit.VALIDATION);
    // Of each shard all ids but the first are predicted.
    long tokens = held.elements("text") - held.shards().size();
    assertTrue(evaluated.out().contains("\"tokens\":%d,".formatted(tokens)), evaluated.out());
    CommandRun plan = CommandRun.with(settings, "plan");
    assertEquals(0, plan.exitCode(), plan.err());
    CommandRun page =
        CommandRun.with(List.of(), "report", "--data", directory.resolve("data").toString());
    assertEquals(0, page.exitCode(), page.err());
  }

  @Test
  void theSplitOfADocumentIsThatOfOneRun() throws IOException {
    make("data", "data.validation=0.3");
    write("c.txt", 300, 500);
    added("data", "data.validation=0.3");
    append("c.txt", 500, 550);
    added("data", "data.validation=0.3");
    assertEquals(2, dataset("data").manifest().additions().size());
    make("whole", "data.validation=0.3");
    for (DatasetSplit split : DatasetSplit.values()) {
      DatasetManifest.Split one = dataset("whole").manifest().split(split);
      DatasetManifest.Split grown = dataset("data").manifest().split(split);
      assertEquals(one.rows(), grown.rows(), split.key());
      assertEquals(one.elements(), grown.elements(), split.key());
      assertEquals(one.bytes(), grown.bytes(), split.key());
    }
  }

  @Test
  void toWhatIsNoDatasetNothingIsAdded() throws IOException {
    Files.writeString(directory.resolve("file"), "mine");
    refused("holds no dataset.json", add("file"));
    assertEquals("mine", Files.readString(directory.resolve("file")));
  }

  @Test
  void whereNothingIsNewNothingIsWritten() throws IOException {
    CommandRun first = added("data");
    assertTrue(first.err().contains("There is no dataset"), first.err());
    TreeMap<String, byte[]> before = files("data");
    CommandRun nothing = added("data");
    assertTrue(nothing.out().contains("nothing is new"), nothing.out());
    Files.delete(corpus.resolve("b.txt"));
    CommandRun gone = added("data");
    assertTrue(gone.err().contains("Files gone from the corpus: 1, such as"), gone.err());
    assertSameBytes(before, files("data"));
  }

  @Test
  void settingsThatMakeOtherRowsAreRefused() throws IOException {
    make("data");
    make("uncut", "data.validation=0");
    write("c.txt", 300, 400);
    TreeMap<String, byte[]> before = files("data");
    refused("data.validation is 0.2, expected 0.05", add("data", "data.validation=0.2"));
    refused("tokenizer.kind is words, expected characters", add("data", "tokenizer.kind=words"));
    refused("duplicates.remove is exact, expected none", add("data", "duplicates.remove=exact"));
    refused(
        "expected one of --sample and --add",
        tokenize("data", List.of("tokenize", "--add", "--sample=0.5")));
    refused(
        "expected one of --add and --overwrite",
        tokenize("data", List.of("tokenize", "--add", "--overwrite")));
    refused("data.split is tail", add("data", "data.split=tail"));
    refused(
        "is given for validation of source corpus, expected train of source corpus",
        add(
            "uncut",
            "corpus.paths=[" + corpus.resolve("a.txt") + "," + corpus.resolve("c.txt") + "]",
            "data.validation=0",
            "corpus.validation-paths=[" + corpus.resolve("b.txt") + "]"));
    Files.delete(directory.resolve("data/ledger.json"));
    refused("expected the list of what it was made of", add("data"));
    before.remove("ledger.json");
    assertSameBytes(before, files("data"));
  }

  @Test
  void copiesOfWhatTheDatasetHasAreFound() throws IOException {
    List<String> texts = new ArrayList<>();
    Random random = new Random(7);
    for (int i = 0; i < 60; i++) {
      texts.add(IntStream.range(0, 40).mapToObj(word -> word(random)).collect(joining(" ")));
    }
    Files.write(corpus.resolve("a.txt"), texts.subList(0, 30));
    Files.write(corpus.resolve("b.txt"), texts.subList(30, 40));
    String near = "duplicates.remove=near";
    make("data", near);
    List<String> more = new ArrayList<>(texts.subList(40, 50));
    more.add(texts.get(0));
    more.add(texts.get(31) + " end");
    Files.write(corpus.resolve("c.txt"), more);
    Files.write(corpus.resolve("b.txt"), texts.subList(50, 60), StandardOpenOption.APPEND);
    CommandRun added = added("data", near);
    assertTrue(
        added.out().contains("20 documents; rejected: 1 duplicate, 1 near-duplicate, 10 known;"),
        added.out());
    Account.OfSource account =
        Account.of(STORAGE, dataset("data").runs()).orElseThrow().sources().get("corpus");
    assertEquals(
        rows(dataset("data")), account.kept().documents(), "documents of both runs " + account);
    ScreeningFacts facts = ScreeningFacts.of(STORAGE, dataset("data").runs());
    assertEquals(1, facts.copies().exact());
    assertEquals(1, facts.copies().near());
  }

  @Test
  void labelsThatTheDatasetDoesNotKnowAreRejected() throws IOException {
    Path labelled = Files.createDirectories(directory.resolve("labelled"));
    Files.write(
        labelled.resolve("a.jsonl"),
        IntStream.range(0, 60)
            .mapToObj(
                i -> "{\"text\":\"text %d\",\"label\":\"%s\"}".formatted(i, i % 2 == 0 ? "x" : "y"))
            .toList());
    String[] settings = {"corpus.paths=[" + labelled + "]", "corpus.label-field=label"};
    make("data", settings);
    Files.write(
        labelled.resolve("b.jsonl"),
        List.of(
            "{\"text\":\"more\",\"label\":\"x\"}",
            "{\"text\":\"other\",\"label\":\"z\"}",
            "{\"text\":\"again\",\"label\":\"y\"}"));
    String[] lenient = {settings[0], settings[1], "corpus.max-rejected=0.5"};
    CommandRun added = added("data", lenient);
    assertTrue(added.out().contains("2 documents; rejected: 1 unknown-label"), added.out());
    List<Long> counts = dataset("data").schema().facts("label").counts();
    assertEquals(
        dataset("data").manifest().split(DatasetSplit.TRAIN).rows(),
        counts.stream().mapToLong(Long::longValue).sum());
  }

  @Test
  void aDamagedFileIsTriedAgainWhenItChanges() throws IOException {
    make("data", "corpus.max-rejected=1");
    Files.write(corpus.resolve("c.txt.gz"), new byte[] {0x1f, (byte) 0x8b, 8, 0, 1});
    CommandRun added = added("data", "corpus.max-rejected=1");
    assertTrue(added.out().contains("damaged"), added.out());
    assertEquals(300, rows(dataset("data")));
    Ledger ledger = Ledger.of(STORAGE, dataset("data").runs());
    assertFalse(ledger.files().get(2).damage().isEmpty());
    assertTrue(added("data", "corpus.max-rejected=1").out().contains("nothing is new"));
    Files.delete(corpus.resolve("c.txt.gz"));
    write("c.txt", 300, 310);
    added("data", "corpus.max-rejected=1");
    assertEquals(310, rows(dataset("data")));
  }
}
