package io.chorale.jobs.tokenize;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import io.chorale.config.SettingsException;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.data.DocumentFacts;
import io.chorale.data.DocumentHash;
import io.chorale.data.ShardFacts;
import io.chorale.data.SignatureFacts;
import io.chorale.duplicate.MinHash;
import io.chorale.io.Faults;
import io.chorale.io.Storage;
import io.chorale.jobs.command.CommandRun;
import io.chorale.jobs.spark.Session;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A dataset keeps the hash and the signature of each document that is a row of it. */
class StoredDocumentsTest {
  @RegisterExtension final FaultyFiles faulty = new FaultyFiles();

  @TempDir Path directory;

  private final Storage storage = new Storage(new Configuration());

  private CommandRun tokenize(String master, String data, String... more) {
    List<String> settings = new ArrayList<>(List.of(more));
    settings.add("corpus.max-rejected=0");
    settings.add("tokenizer.kind=characters");
    settings.add("data.path=faulty://" + directory.resolve(data));
    return CommandRun.with(settings, "tokenize", "--master=" + master);
  }

  private List<String> write(String file, int texts) throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < texts; i++) {
      lines.add(
          i % 10 == 0
              ? file + " short " + i
              : "what %s says of number %s is like nothing else in x%sx"
                  .formatted(file, file.charAt(0) + "n".repeat(i), file.charAt(0) + "m".repeat(i)));
    }
    Files.write(directory.resolve(file), lines);
    return lines;
  }

  private Dataset open(String data) {
    return Dataset.open(storage, new org.apache.hadoop.fs.Path(directory.resolve(data).toUri()));
  }

  private List<StoredDocuments.One> documents(String data, boolean signed) {
    StoredDocuments stored = StoredDocuments.of(storage, open(data));
    try (Session session = Session.open("test", "local[2]")) {
      return stored.documents(session.context(), signed).collect();
    }
  }

  @Test
  void hashesAndSignaturesAreThoseOfTheRows() throws IOException {
    List<String> web = write("web.txt", 60);
    List<String> books = write("books.txt", 20);
    String[] settings = {
      "corpus.sources={web: {paths: ["
          + directory.resolve("web.txt")
          + "]}, books: {paths: ["
          + directory.resolve("books.txt")
          + "]}}",
      "data.shards=3",
      "data.validation=0.2"
    };
    List<String> near = new ArrayList<>(List.of(settings));
    near.add("duplicates.remove=near");
    near.add("duplicates.similarity=1");
    near.add("duplicates.words=6");
    near.add("duplicates.bands=3");
    near.add("duplicates.rows=2");
    CommandRun run = tokenize("local[2]", "data", near.toArray(String[]::new));
    assertEquals(0, run.exitCode(), run.err());

    DatasetManifest manifest = open("data").manifest();
    assertEquals(new SignatureFacts(6, 3, 2, MinHash.SEED), manifest.signatures());
    List<ShardFacts> shards =
        manifest.splits().values().stream().flatMap(split -> split.shards().stream()).toList();
    Map<DocumentHash, String> texts = new TreeMap<>((a, b) -> a.toString().compareTo(b.toString()));
    web.forEach(text -> texts.put(DocumentHash.of(text), text));
    books.forEach(text -> texts.put(DocumentHash.of(text), text));
    MinHash hash = new MinHash(6, 6);
    List<StoredDocuments.One> all = documents("data", true);
    Set<String> found = new HashSet<>();
    for (StoredDocuments.One one : all) {
      ShardFacts shard = shards.get(one.shard());
      String text = texts.get(one.document().hash());
      assertTrue(found.add(text), text);
      assertEquals(shard.source().equals("web"), web.contains(text), text);
      // The row has the text: a character an id, and one that ends it.
      int row =
          open("data")
              .shard(shard.split(), shards.indexOf(shard) - first(shards, shard))
              .length("text", one.row());
      assertEquals(text.length() + 1, row, text);
      assertArrayEquals(
          hash.sign(text).map(signature -> signature.bytes()).orElse(null),
          one.document().signature(),
          text);
    }
    assertEquals(80, all.size());
    assertTrue(all.stream().anyMatch(one -> one.document().signature() == null));
    assertTrue(
        documents("data", false).stream().allMatch(one -> one.document().signature() == null));

    // Without near copies no signatures are made.
    CommandRun exact = tokenize("local[2]", "exact", settings);
    assertEquals(0, exact.exitCode(), exact.err());
    assertEquals(SignatureFacts.NONE, open("exact").manifest().signatures());
    assertEquals(80, documents("exact", true).size());
    assertEquals(
        0,
        FaultyFiles.of(directory.resolve("exact")).keySet().stream()
            .filter(name -> name.contains("signatures"))
            .count());

    // Killed between the tables of two shards.
    boolean[] killed = new boolean[1];
    Faults.follow(
        (operation, path) -> {
          killed[0] |=
              operation.equals("create")
                  && path.toString().contains("documents/")
                  && path.toString().contains("00001-signatures");
          if (killed[0]) {
            throw new InterruptedIOException("killed");
          }
        });
    assertEquals(1, tokenize("local[1]", "again", near.toArray(String[]::new)).exitCode());
    assertTrue(killed[0]);
    Set<String> written = ConcurrentHashMap.newKeySet();
    Faults.follow(
        (operation, path) -> {
          if (operation.equals("create") && path.toString().contains("/documents/")) {
            written.add(path.getName());
          }
        });
    CommandRun again = tokenize("local[3]", "again", near.toArray(String[]::new));
    Faults.end();
    assertEquals(0, again.exitCode(), again.err());
    assertFalse(
        written.stream().anyMatch(name -> name.contains("train-shard-00000")), written.toString());
    FaultyFiles.assertSame(directory.resolve("data"), directory.resolve("again"));
  }

  private static int first(List<ShardFacts> shards, ShardFacts one) {
    return shards.indexOf(
        shards.stream().filter(shard -> shard.split() == one.split()).findFirst().orElseThrow());
  }

  @Test
  void whatIsDamagedOrMissingIsTold() throws IOException {
    write("web.txt", 20);
    String paths = "corpus.paths=" + directory.resolve("web.txt");
    assertEquals(
        0,
        tokenize(
                "local[2]",
                "data",
                paths,
                "duplicates.remove=near",
                "data.shards=1",
                "data.validation=0")
            .exitCode());
    TreeMap<String, byte[]> files = FaultyFiles.of(directory.resolve("data/documents"));
    files.keySet().removeIf(name -> !name.endsWith(".safetensors"));
    assertEquals(2, files.size(), files.keySet().toString());
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Path path = directory.resolve("data/documents").resolve(file.getKey());
      byte[] flipped = file.getValue().clone();
      flipped[flipped.length - 3] ^= 4;
      Files.write(path, flipped);
      Files.deleteIfExists(path.resolveSibling("." + path.getFileName() + ".crc"));
      String told = damage();
      assertTrue(told.contains(file.getKey()) && told.contains("restore the dataset"), told);
      Files.delete(path);
      told = damage();
      assertTrue(told.contains(file.getKey()), told);
      Files.write(path, file.getValue());
    }
    assertEquals(20, documents("data", true).size());

    assertEquals(
        0,
        tokenize("local[2]", "tail", paths, "data.split=tail", "data.shards=1").exitCode(),
        "split by place");
    assertFalse(Files.exists(directory.resolve("tail").resolve(DocumentFacts.DIRECTORY)));
    String refused =
        assertThrows(SettingsException.class, () -> documents("tail", false)).getMessage();
    assertTrue(refused.contains("keeps no hashes of those in train/shard-00000"), refused);
  }

  private String damage() {
    SparkException lost = assertThrows(SparkException.class, () -> documents("data", true));
    Throwable cause = lost;
    while (cause != null && !(cause instanceof ChoraleException)) {
      cause = cause.getCause();
    }
    return cause == null ? lost.getMessage() : cause.getMessage();
  }
}
