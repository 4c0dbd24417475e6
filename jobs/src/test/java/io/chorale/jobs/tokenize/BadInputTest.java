package io.chorale.jobs.tokenize;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import io.chorale.config.DatasetSplit;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.io.Faults;
import io.chorale.io.FaultyFileSystem;
import io.chorale.io.Storage;
import io.chorale.jobs.command.CommandRun;
import io.chorale.jobs.spark.SharedSession;
import io.chorale.token.Tokenizer;
import io.chorale.token.Tokenizers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Input that is not as it should be has an outcome that is said. */
class BadInputTest {
  private static final String STORAGE = "spark.hadoop.fs.faulty.impl";

  static {
    System.setProperty(STORAGE, FaultyFileSystem.class.getName());
  }

  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  private static final int DOCUMENTS = 100;

  @TempDir Path directory;

  @AfterEach
  void end() {
    Faults.end();
  }

  @AfterAll
  static void forget() {
    System.clearProperty(STORAGE);
  }

  private Path corpus() throws IOException {
    return Files.createDirectories(directory.resolve("corpus"));
  }

  private static List<String> texts(String name) {
    return IntStream.range(0, DOCUMENTS).mapToObj(i -> name + " has document " + i).toList();
  }

  private static byte[] lines(String name) {
    return String.join("\n", texts(name)).getBytes(UTF_8);
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(packed)) {
      out.write(bytes);
    }
    return packed.toByteArray();
  }

  /** Writes a Parquet file with a column for each name, of texts or of numbers. */
  private void parquet(String name, String columns, List<Object> column) throws IOException {
    StructType schema = new StructType();
    for (String one : columns.split(" ")) {
      DataType type = one.startsWith("n") ? DataTypes.LongType : DataTypes.StringType;
      schema = schema.add(one, type);
    }
    int size = schema.size();
    List<Row> rows =
        column.stream()
            .map(cell -> RowFactory.create(Collections.nCopies(size, cell).toArray()))
            .toList();
    Path parts = directory.resolve(name + ".parts");
    SPARK.session().sql().createDataFrame(rows, schema).coalesce(1).write().parquet("" + parts);
    try (Stream<Path> written = Files.list(parts)) {
      Path part =
          written
              .filter(file -> file.getFileName().toString().startsWith("part-"))
              .findFirst()
              .orElseThrow();
      Files.move(part, corpus().resolve(name));
    }
  }

  private CommandRun tokenize(String... more) {
    List<String> settings = new ArrayList<>(List.of(more));
    settings.add("corpus.paths=faulty://" + directory.resolve("corpus"));
    settings.add("data.path=faulty://" + directory.resolve("data"));
    settings.add("data.validation=0");
    if (settings.stream().noneMatch(setting -> setting.startsWith("tokenizer."))) {
      settings.add("tokenizer.kind=characters");
    }
    return CommandRun.with(settings, "tokenize");
  }

  private static void assertSaid(int exitCode, CommandRun run, String... said) {
    assertEquals(exitCode, run.exitCode(), run.err());
    for (String part : said) {
      assertTrue(run.err().contains(part), run.err());
    }
    assertFalse(run.err().contains("\tat "), run.err());
  }

  /** What the dataset holds, decoded, in the order of characters. */
  private TreeSet<String> documents() {
    Dataset dataset =
        Dataset.open(
            new Storage(new Configuration()),
            new org.apache.hadoop.fs.Path(directory.resolve("data").toUri()));
    Tokenizer tokenizer =
        Tokenizers.load(dataset.tokenizers().get("tokenizer.json"), "tokenizer.json");
    TreeSet<String> documents = new TreeSet<>();
    int shards = dataset.manifest().split(DatasetSplit.TRAIN).shards().size();
    for (int shard = 0; shard < shards; shard++) {
      int[] ids = dataset.shard(DatasetSplit.TRAIN, shard).tokens(Column.TEXT).toArray();
      int start = 0;
      for (int i = 0; i < ids.length; i++) {
        if (ids[i] == tokenizer.endOfText()) {
          documents.add(tokenizer.decode(Arrays.copyOfRange(ids, start, i)));
          start = i + 1;
        }
      }
    }
    return documents;
  }

  @Test
  void damagedFilesAmongGoodOnesAreNamedAndCostNoOther() throws IOException {
    Files.write(corpus().resolve("a.txt"), lines("a"));
    byte[] packed = gzip(lines("b"));
    packed[packed.length / 2] ^= 0x55;
    Files.write(corpus().resolve("b.txt.gz"), packed);
    byte[] cut = Zstd.compress(lines("c"));
    Files.write(corpus().resolve("c.txt.zst"), Arrays.copyOf(cut, cut.length / 2));
    parquet("d.parquet", "text", new ArrayList<>(texts("d")));
    byte[] table = Files.readAllBytes(corpus().resolve("d.parquet"));
    Files.write(corpus().resolve("e.parquet"), Arrays.copyOf(table, table.length / 2));
    Files.write(corpus().resolve("f.txt.gz"), gzip(lines("f")));

    assertSaid(1, tokenize(), "of it is rejected", "b.txt.gz at ", "Mend the corpus");
    assertFalse(Files.exists(directory.resolve("data")));

    CommandRun lenient = tokenize("corpus.max-rejected=0.9");
    assertSaid(0, lenient);
    for (String damaged : List.of("b.txt.gz", "c.txt.zst", "e.parquet")) {
      assertTrue(lenient.out().contains(damaged + ": it"), lenient.out());
    }
    TreeSet<String> documents = documents();
    for (String whole : List.of("a", "d", "f")) {
      assertTrue(documents.containsAll(texts(whole)), whole);
    }
    String rejected = Files.readString(directory.resolve("data/rejected/part-00000.jsonl"));
    assertEquals(3, rejected.split("\"reason\":\"corrupt-file\"", -1).length - 1, rejected);
  }

  @Test
  void aFileThatDisappearsIsNamedAndTheNextRunGoesOnWithoutIt() throws IOException {
    for (String name : List.of("a.txt", "b.txt", "c.txt")) {
      Files.write(corpus().resolve(name), lines(name.substring(0, 1)));
    }
    Faults.follow(
        (operation, path) -> {
          if (operation.equals("read")
              && path.getName().equals("a.txt")
              && FaultyFiles.isOpened()) {
            Files.deleteIfExists(Path.of(path.toUri().getPath()).resolveSibling("c.txt"));
          }
        });
    assertSaid(1, tokenize(), "c.txt: it had ", "and is gone now, expected it to stay. Run again.");
    assertFalse(Files.exists(directory.resolve("data")));
    Faults.end();
    assertSaid(0, tokenize());
    TreeSet<String> expected = new TreeSet<>(texts("a"));
    expected.addAll(texts("b"));
    assertEquals(expected, documents());
  }

  @Test
  void filesMayHaveMoreColumnsThanAreReadButNotFewerOrOthers() throws IOException {
    parquet("a.parquet", "text", new ArrayList<>(texts("a")));
    parquet("b.parquet", "more text and", new ArrayList<>(texts("b")));
    Files.writeString(corpus().resolve("c.csv"), "id,text\n1,c has a document\n2,\"c, too\"\n");
    Files.writeString(
        corpus().resolve("d.jsonl"), "{\"id\": 1, \"text\": \"d has one\", \"of\": [2]}\n");
    assertSaid(0, tokenize());
    TreeSet<String> expected = new TreeSet<>(texts("a"));
    expected.addAll(texts("b"));
    expected.addAll(List.of("c has a document", "c, too", "d has one"));
    assertEquals(expected, documents());

    parquet("e.parquet", "number", List.of(1L, 2L));
    CommandRun fewer = tokenize("data.shards=2");
    assertSaid(2, fewer, "it exists");
    Files.move(directory.resolve("data"), directory.resolve("before"));
    assertSaid(2, tokenize(), "e.parquet: it has no column text", "expected one of [number]");
    Files.delete(corpus().resolve("e.parquet"));
    parquet("f.parquet", "ntext", List.of(1L, 2L));
    assertSaid(
        2,
        tokenize("corpus.text-field=ntext", "corpus.format=parquet"),
        "a.parquet",
        "Refused beside it: ");
    assertFalse(Files.exists(directory.resolve("data")));
  }

  /** A byte-level tokenizer gives each text back as it stands in the corpus. */
  @Test
  void textInAnyScriptAndWithControlsStaysAsItIs() throws IOException {
    List<String> texts =
        List.of(
            "controls \u0001\u0007\u001b[31m\u007f\u0085 stay",
            "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd and \u0645\u0631\u062d\u0628\u0627",
            "\u202eoverridden\u202c \u2066isolated\u2069 \u200f\u200e",
            "e\u0301 is not \u00e9, a\u0308\u0323 is not a\u0323\u0308",
            "a\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309\u030a\u030b",
            "\ud83d\udc69\u200d\ud83d\udc69\u200d\ud83d\udc67 \ud83c\uddeb\ud83c\uddf7 \udb40\udc01",
            "\ufefa in \ufeff the middle, \ufffe and \uffff",
            "line\u2028and paragraph\u2029separators, \u000b and \f",
            "carriage\rreturn alone",
            "\u0e44\u0e17\u0e22 \u0b95\u0bca \u1112\u1161\u11ab\u1100\u1173\u11af");
    StringBuilder mixed = new StringBuilder();
    for (int i = 0; i < texts.size(); i++) {
      mixed.append(texts.get(i)).append(i % 2 == 0 ? "\r\n" : "\n");
    }
    Files.writeString(corpus().resolve("a.txt"), mixed);
    assertSaid(0, tokenize("tokenizer.kind=bpe", "tokenizer.vocabulary=260"));
    assertEquals(new TreeSet<>(texts), documents());
  }

  @Test
  void aFileThatOneTaskReadsForLongIsNamed() throws IOException {
    Files.write(corpus().resolve("a.txt"), lines("a"));
    StringBuilder large = new StringBuilder();
    Random random = new Random(1);
    for (int i = 0; i < 30_000; i++) {
      large.append(Long.toString(random.nextLong(), 36)).append(random.nextLong()).append('\n');
      large.append(Long.toString(random.nextLong(), 36)).append(random.nextLong()).append('\n');
    }
    Files.write(corpus().resolve("b.txt.gz"), gzip(large.toString().getBytes(UTF_8)));
    CommandRun run = tokenize();
    assertSaid(
        0, run, "b.txt.gz, which holds 100 % of the corpus: a file of its kind cannot be cut.");
    assertTrue(run.out().contains("60100 documents; rejected: none;"), run.out());
  }
}
