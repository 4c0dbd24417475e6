package io.chorale.jobs.tokenize;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.jobs.command.CommandRun;
import io.chorale.jobs.spark.Session;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Encoders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same corpus gives the same bytes, however many cores and partitions share the work. */
class TokenizeDeterminismTest {
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
                      "dataset.json",
                      "tokenizer.json",
                      "rejected/part-00000.jsonl",
                      "train/shard-00015.safetensors",
                      "validation/shard-00000.safetensors",
                      "test/shard-00000.safetensors")),
          expected.keySet().toString());
      expected.forEach(
          (name, bytes) -> assertArrayEquals(bytes, actual.get(name), split + " " + name));
    }
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
