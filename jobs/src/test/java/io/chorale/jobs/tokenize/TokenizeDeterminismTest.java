package io.chorale.jobs.tokenize;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.io.Checksums;
import io.chorale.jobs.command.CommandRun;
import io.chorale.jobs.spark.Session;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Encoders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same corpus gives the same bytes, however many cores and partitions share the work. */
class TokenizeDeterminismTest {
  /**
   * Of a dataset's tokenizers, shards and rejections; they change where documents become other
   * rows, and never else.
   */
  private static final Map<String, String> GOLDEN =
      Map.of(
          "document", "277cb245223a636f5b6b2ac3e2aad06b098f3dfc51d771d6922e1038546a7479",
          "tail", "0f55b92b19c4063f805cef794164950ccf43b4619fbe69bda9ab1c9b6bc843a4",
          "columns", "31c0905a37a6ef3a652ce8f06228dd00217dcb728c3b7d15179998708dc0bd5a");

  @TempDir Path directory;

  @Test
  void theNumberOfCoresChangesNoByte() throws Exception {
    Path corpus = corpus();

    for (String split : List.of("document", "tail")) {
      CommandRun one = tokenize("local[1]", corpus, split);
      CommandRun four = tokenize("local[4]", corpus, split);

      assertEquals(0, one.exitCode(), one.err());
      assertEquals(0, four.exitCode(), four.err());
      TreeMap<String, byte[]> expected = files(output("local[1]", split));
      TreeMap<String, byte[]> actual = files(output("local[4]", split));
      assertEquals(expected.keySet(), actual.keySet());
      assertTrue(
          expected
              .keySet()
              .containsAll(
                  Set.of(
                      "dataset.html",
                      "dataset.json",
                      "tokenizer.json",
                      "rejected/part-00000.jsonl",
                      "train/shard-00015.safetensors",
                      "validation/shard-00000.safetensors",
                      "test/shard-00000.safetensors")),
          expected.keySet().toString());
      expected.forEach(
          (name, bytes) -> assertArrayEquals(bytes, actual.get(name), split + " " + name));
      assertEquals(GOLDEN.get(split), digest(expected), split);
    }
  }

  @Test
  void theNumberOfCoresChangesNoByteOfAnyColumn() throws Exception {
    Path corpus = records();
    String[] set = {
      "corpus.text-field=words",
      "corpus.tags-field=tags",
      "corpus.target-field=target",
      "corpus.series-field=series",
      "corpus.vector-fields=[one, more]",
      "corpus.label-field=label",
      "tokenizer.kind=words",
      "tokenizer.vocabulary=60"
    };
    TreeMap<String, byte[]> expected = columns("local[1]", corpus, set);
    TreeMap<String, byte[]> actual = columns("local[4]", corpus, set);
    assertEquals(expected.keySet(), actual.keySet());
    assertTrue(expected.containsKey("rejected/part-00000.jsonl"), expected.keySet().toString());
    expected.forEach((name, bytes) -> assertArrayEquals(bytes, actual.get(name), name));
    assertEquals(GOLDEN.get("columns"), digest(expected));
  }

  /**
   * SHA-256 of the names and the contents of all files but those that tell of them, in which this
   * test's own directory is cut.
   */
  private String digest(TreeMap<String, byte[]> files) {
    MessageDigest digest = Checksums.sha256();
    TreeMap<String, byte[]> formats = new TreeMap<>(files);
    formats
        .keySet()
        .removeAll(Set.of("dataset.html", "dataset.json", "account.json", "ledger.json"));
    formats.forEach(
        (name, bytes) -> {
          String content = new String(bytes, ISO_8859_1).replace(directory.toString(), "");
          digest.update((name + "\n").getBytes(ISO_8859_1));
          digest.update(Checksums.sha256(content.getBytes(ISO_8859_1)).getBytes(ISO_8859_1));
        });
    return HexFormat.of().formatHex(digest.digest());
  }

  private TreeMap<String, byte[]> columns(String master, Path corpus, String... set)
      throws IOException {
    List<String> settings = new ArrayList<>(List.of(set));
    settings.add("corpus.paths=" + corpus);
    settings.add("corpus.max-rejected=0.1");
    settings.add("data.path=" + output(master, "columns"));
    CommandRun run = CommandRun.with(settings, "tokenize", "--master=" + master);
    assertEquals(0, run.exitCode(), run.err());
    return files(output(master, "columns"));
  }

  /** Records of all fields that one core reads in two partitions and four cores in more. */
  private Path records() throws IOException {
    Random random = new Random(11);
    StringBuilder lines = new StringBuilder();
    while (lines.length() < 2 << 20) {
      int length = 1 + random.nextInt(12);
      List<String> words = new ArrayList<>();
      List<String> tags = new ArrayList<>();
      List<String> steps = new ArrayList<>();
      for (int i = 0; i < length; i++) {
        words.add("\"w%d\"".formatted(random.nextInt(58)));
        tags.add("\"T%d\"".formatted(random.nextInt(9)));
        steps.add("[%d, %s]".formatted(i, random.nextInt(200) == 0 ? "NaN" : random.nextFloat()));
      }
      lines.append(
          "{\"words\": %s, \"tags\": %s, \"target\": \"w%d w%d\", \"series\": %s, \"one\": %d, \"more\": [%s, 0.5], \"label\": %d}\n"
              .formatted(
                  words,
                  tags,
                  random.nextInt(58),
                  random.nextInt(58),
                  steps,
                  random.nextInt(9),
                  random.nextFloat(),
                  random.nextInt(3)));
    }
    return Files.writeString(directory.resolve("records.jsonl"), lines);
  }

  /** Text that one core reads in five partitions and four cores in more, Parquet between it. */
  private Path corpus() throws IOException {
    Path corpus = Files.createDirectories(directory.resolve("corpus"));
    Random random = new Random(7);
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    while (lines.size() < 5 << 20) {
      for (int word = random.nextInt(200); word >= 0; word--) {
        lines.write('a' + random.nextInt(26));
        lines.writeBytes((random.nextInt(50) + " ").getBytes(US_ASCII));
      }
      if (random.nextInt(300) == 0) {
        lines.write(0xff);
      }
      lines.write('\n');
    }
    Files.write(corpus.resolve("a.txt"), lines.toByteArray());
    for (int i = 0; i < 30; i++) {
      Files.writeString(corpus.resolve("c%02d.txt".formatted(i)), "small file " + i + "\nof two\n");
    }
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      rows.add("row " + random.nextInt(100) + " of " + random.nextInt());
    }
    try (Session session = Session.open("corpus", "local[2]")) {
      session
          .sql()
          .createDataset(rows, Encoders.STRING())
          .repartition(3)
          .toDF("text")
          .write()
          .parquet(corpus.resolve("b").toString());
    }
    return corpus;
  }

  private CommandRun tokenize(String master, Path corpus, String split) {
    return CommandRun.of(
        "tokenize",
        "--master=" + master,
        "--set=corpus.paths=[" + corpus + "]",
        "--set=corpus.max-rejected=0.1",
        "--set=tokenizer.vocabulary=400",
        "--set=data.split=" + split,
        "--set=data.validation=0.1",
        "--set=data.test=0.05",
        "--set=data.path=" + output(master, split));
  }

  private Path output(String master, String split) {
    return directory.resolve(split + master.replaceAll("\\W", ""));
  }

  private static TreeMap<String, byte[]> files(Path root) throws IOException {
    TreeMap<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> found = Files.walk(root)) {
      for (Path file : found.filter(Files::isRegularFile).toList()) {
        files.put(root.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return files;
  }
}
