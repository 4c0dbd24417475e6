package io.chorale.jobs.tokenize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.DuplicatesSettings.Scope;
import io.chorale.data.Dataset;
import io.chorale.data.DocumentHash;
import io.chorale.data.ShardFacts;
import io.chorale.data.SourceFacts;
import io.chorale.io.Faults;
import io.chorale.io.Storage;
import io.chorale.jobs.command.CommandRun;
import io.chorale.jobs.spark.Session;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Copies are looked for within scopes, and of documents that other datasets have. */
class AgainstTest {
  @RegisterExtension final FaultyFiles storage = new FaultyFiles();

  @TempDir Path directory;

  private final Random random = new Random(5);

  private List<String> texts(int count) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      StringBuilder text = new StringBuilder();
      for (int letter = 0; letter < 240; letter++) {
        text.append((char) ('a' + random.nextInt(26))).append(letter % 6 == 5 ? " " : "");
      }
      texts.add(text + "end");
    }
    return texts;
  }

  private String write(String file, List<String> lines) throws IOException {
    Files.write(directory.resolve(file), lines);
    return "faulty://" + directory.resolve(file);
  }

  private CommandRun run(List<String> command, String data, String... more) {
    List<String> settings = new ArrayList<>(List.of(more));
    settings.add("corpus.max-rejected=0");
    settings.add("tokenizer.kind=characters");
    settings.add("data.shards=2");
    settings.add("data.path=faulty://" + directory.resolve(data));
    return CommandRun.with(settings, command.toArray(String[]::new));
  }

  private CommandRun add(String data, String... more) {
    return run(List.of("tokenize", "--add", "--master=local[2]"), data, more);
  }

  private CommandRun tokenize(String master, String data, String... more) {
    return run(List.of("tokenize", "--master=" + master), data, more);
  }

  private static void assertTold(CommandRun run, String told) {
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.out().contains(told), run.out());
  }

  @Test
  void sourcesThatShareTagsAreOneGroup() {
    List<SourceFacts> sources =
        List.of(
            new SourceFacts("a", List.of("x"), 1, ""),
            new SourceFacts("b", List.of(), 1, ""),
            new SourceFacts("c", List.of("y"), 1, ""),
            new SourceFacts("d", List.of("x", "y"), 1, ""),
            new SourceFacts("b", List.of(), 1, ""));
    assertEquals(List.of(0, 0, 0, 0, 0), CopyScopes.of(Scope.ALL, sources));
    assertEquals(List.of(0, 1, 2, 3, 1), CopyScopes.of(Scope.SOURCE, sources));
    List<Integer> tags = CopyScopes.of(Scope.TAG, sources);
    assertEquals(tags.get(0), tags.get(2));
    assertEquals(tags.get(0), tags.get(3));
    assertEquals(tags.get(1), tags.get(4));
    assertTrue(!tags.get(0).equals(tags.get(1)));
  }

  @Test
  void copiesAreFoundWithinTheirScope() throws IOException {
    List<String> both = texts(2);
    String exact = both.get(0);
    String near = both.get(1);
    StringBuilder sources = new StringBuilder("corpus.sources={");
    for (String name : List.of("a", "b", "c")) {
      List<String> lines = texts(10);
      lines.add(exact);
      lines.add(near + " " + name);
      if (name.equals("c")) {
        lines.add(exact);
      }
      String tags = name.equals("a") ? "[x]" : name.equals("b") ? "[x, y]" : "[]";
      sources.append(
          "%s%s: {paths: [%s], tags: %s}"
              .formatted(name.equals("a") ? "" : ", ", name, write(name + ".txt", lines), tags));
    }
    String corpus = sources + "}";
    String remove = "duplicates.remove=near";
    assertTold(
        tokenize("local[2]", "all", corpus, remove),
        "32 documents; rejected: 3 duplicate, 2 near-duplicate;");
    assertTold(
        tokenize("local[2]", "source", corpus, remove, "duplicates.scope=source"),
        "36 documents; rejected: 1 duplicate;");
    assertTold(
        tokenize("local[2]", "tag", corpus, remove, "duplicates.scope=tag"),
        "34 documents; rejected: 2 duplicate, 1 near-duplicate;");
  }

  @Test
  void documentsOfAnotherDatasetStay() throws IOException {
    List<String> old = texts(20);
    String near = "duplicates.remove=near";
    String begin = "corpus.paths=" + write("old.txt", old.subList(2, 20));
    assertTold(tokenize("local[2]", "old", begin, near), "18 documents; rejected: none");
    // What is added to a dataset is of it as well.
    String oldCorpus = "corpus.paths=" + write("more.txt", old.subList(0, 2));
    assertTold(add("old", oldCorpus, near), "2 documents; rejected: none");
    List<String> lines = texts(15);
    lines.add(lines.get(0));
    lines.add(0, old.get(0));
    lines.add(old.get(1) + " one");
    lines.add(old.get(2) + " two");
    lines.add(old.get(2) + " two"); // of a text that is near to one that stays
    String corpus = "corpus.paths=" + write("new.txt", lines);
    String against = "duplicates.against=faulty://" + directory.resolve("old");

    String told = "15 documents; rejected: 3 duplicate, 2 near-duplicate;";
    assertTold(tokenize("local[2]", "new", corpus, near, against), told);
    List<String> rejected = Files.readAllLines(directory.resolve("new/rejected/part-00000.jsonl"));
    assertEquals(4, rejected.stream().filter(line -> line.contains("/old/")).count());
    assertTrue(rejected.get(0).contains("\"cause\":\"kept: faulty:"), rejected.get(0));
    assertTrue(rejected.get(0).contains(place("old", old.get(0)) + "\""), rejected.get(0));

    // Killed while clusters are connected, then gone on with elsewhere.
    boolean[] killed = new boolean[1];
    Faults.follow(
        (operation, path) -> {
          killed[0] |= operation.equals("create") && path.toString().contains("/components-1/");
          if (killed[0]) {
            throw new InterruptedIOException("killed");
          }
        });
    assertEquals(1, tokenize("local[2]", "again", corpus, near, against).exitCode());
    assertTrue(killed[0]);
    Faults.end();
    assertTold(tokenize("local[3]", "again", corpus, near, against), told);
    FaultyFiles.assertSame(directory.resolve("new"), directory.resolve("again"));

    String exact = "duplicates.remove=exact";
    assertTold(
        tokenize("local[1]", "exact", corpus, exact, against),
        "17 documents; rejected: 3 duplicate;");
    // The source of the other dataset has another name.
    String sources =
        "corpus.sources={web: {paths: [faulty://" + directory.resolve("new.txt") + "]}}";
    assertTold(
        tokenize("local[1]", "scoped", sources, exact, against, "duplicates.scope=source"),
        "18 documents; rejected: 2 duplicate;");

    refused(tokenize("local[1]", "no", corpus, near, against, "duplicates.words=4"), "words");
    refused(tokenize("local[1]", "no", corpus, near, against, "duplicates.rows=4"), "rows");
    refused(tokenize("local[1]", "old", corpus, near, against, "data.split=document"), "old");
    assertEquals(0, tokenize("local[2]", "tail", oldCorpus, "data.split=tail").exitCode());
    String tail = "duplicates.against=faulty://" + directory.resolve("tail");
    refused(tokenize("local[1]", "no", corpus, exact, tail), "keeps no hashes");
    assertTrue(Files.notExists(directory.resolve("no")));

    Path damaged = directory.resolve("old/documents/train-shard-00000.safetensors");
    byte[] bytes = Files.readAllBytes(damaged);
    bytes[bytes.length - 1] ^= 1;
    Files.write(damaged, bytes);
    CommandRun lost = tokenize("local[1]", "lost", corpus, exact, against);
    assertEquals(1, lost.exitCode(), lost.err());
    assertTrue(lost.err().contains("train-shard-00000.safetensors: its CRC32C is"), lost.err());
  }

  private static void refused(CommandRun run, String told) {
    assertEquals(2, run.exitCode(), run.err());
    assertTrue(run.err().contains(told), run.err());
  }

  /** Where a dataset has a text. */
  private String place(String data, String text) {
    Storage files = new Storage(new Configuration());
    Dataset dataset =
        Dataset.open(files, new org.apache.hadoop.fs.Path(directory.resolve(data).toUri()));
    StoredDocuments stored = StoredDocuments.of(files, dataset);
    try (Session session = Session.open("test", "local[1]")) {
      StoredDocuments.One one =
          stored.documents(session.context(), false).collect().stream()
              .filter(document -> document.document().hash().equals(DocumentHash.of(text)))
              .findFirst()
              .orElseThrow();
      ShardFacts shard = stored.shards().get(one.shard());
      return "/%s/%s row %d".formatted(data, shard.name(), one.row());
    }
  }
}
