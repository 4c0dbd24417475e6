package io.chorale.jobs.command;

import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.luben.zstd.Zstd;
import io.chorale.config.DatasetSplit;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedSession;
import io.chorale.token.Tokenizer;
import io.chorale.token.Tokenizers;
import io.chorale.token.WordTrainer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Encoders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class TokenizeCommandTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  private static final String CHARACTERS = "tokenizer.kind=characters";

  @TempDir Path directory;

  @Test
  void everyDocumentIsThereOnceWhateverItsFileIs() throws Exception {
    Path corpus = Files.createDirectories(directory.resolve("corpus/deep"));
    Files.writeString(corpus.resolve("a.txt"), "first line\nsecond line\r\n\nthird line");
    Files.write(corpus.resolve("b.txt.gz"), gzip("packed with gzip\nonce more\n"));
    Files.write(corpus.resolve("c.txt.zst"), Zstd.compress("packed with zstd\n".getBytes(UTF_8)));
    Files.writeString(
        corpus.resolve("d.jsonl"), "{\"id\": 1, \"text\": \"a \\u00e9t\\u00e9\\nof two lines\"}\n");
    parquet(corpus.resolve("e e.parquet"), "text", "from a column", "and one more");
    Files.writeString(corpus.resolve("_hidden.txt"), "not this\n");

    CommandRun run = tokenize("corpus.paths=[" + directory.resolve("corpus") + "]", CHARACTERS);

    assertEquals(0, run.exitCode(), run.err());
    assertEquals(
        List.of(
            "a été\nof two lines",
            "and one more",
            "first line",
            "from a column",
            "once more",
            "packed with gzip",
            "packed with zstd",
            "second line",
            "third line"),
        documents(dataset(), DatasetSplit.TRAIN).stream().sorted().toList());
    assertTrue(run.out().contains("9 documents"), run.out());
    assertTrue(run.out().contains("1 empty"), run.out());
  }

  @Test
  void aFileIsADocumentWhereAsked() throws Exception {
    Path corpus = Files.createDirectories(directory.resolve("corpus"));
    Files.writeString(corpus.resolve("a.txt"), "one\n\ntwo\n");
    Files.writeString(corpus.resolve("b.txt"), "three\n");
    Files.writeString(corpus.resolve("b.csv"), "four\n");

    CommandRun run =
        tokenize("corpus.paths=[" + corpus + "/*.txt]", "corpus.document=file", CHARACTERS);

    assertEquals(0, run.exitCode(), run.err());
    assertEquals(
        List.of("one\n\ntwo\n", "three\n"),
        documents(dataset(), DatasetSplit.TRAIN).stream().sorted().toList());
  }

  @Test
  void theTailOfTheCorpusValidatesAndTests() throws Exception {
    String text = IntStream.range(0, 1500).mapToObj("%04d verse\n"::formatted).collect(joining());
    Files.writeString(directory.resolve("a.txt"), text.substring(0, 7000));
    Files.writeString(directory.resolve("b.txt"), text.substring(7000));

    CommandRun run =
        tokenize(
            "corpus.paths=[" + directory.resolve("a.txt") + "," + directory.resolve("b.txt") + "]",
            "corpus.document=file",
            "data.split=tail",
            "data.validation=0.2",
            "data.test=0.1",
            "data.piece=100",
            CHARACTERS);

    assertEquals(0, run.exitCode(), run.err());
    Dataset dataset = dataset();
    // One end of text lies in the training split, the other in the test split.
    int tokens = text.length() + 2;
    int train = tokens * 7 / 10;
    int validation = tokens * 9 / 10;
    assertEquals(train, dataset.manifest().split(DatasetSplit.TRAIN).elements(Column.TEXT));
    assertEquals(text.substring(train - 1, validation - 1), text(dataset, DatasetSplit.VALIDATION));
    assertEquals(text.substring(validation - 1), text(dataset, DatasetSplit.TEST));
    assertEquals(train - 1, dataset.manifest().split(DatasetSplit.TRAIN).bytes());
    assertEquals(validation - train, dataset.manifest().split(DatasetSplit.VALIDATION).bytes());

    LongSummaryStatistics shards =
        Arrays.stream(dataset.shardElements(DatasetSplit.TRAIN, Column.TEXT)).summaryStatistics();
    assertEquals(16, shards.getCount());
    assertTrue(shards.getMax() - shards.getMin() <= 100, shards.toString());
  }

  @Test
  void aParquetTailKeepsTheOrderOfRows() throws Exception {
    String[] rows = IntStream.range(0, 400).mapToObj("row %03d"::formatted).toArray(String[]::new);
    // Spark reads the larger file first.
    parquet(directory.resolve("a.parquet"), "body", Arrays.copyOf(rows, 100));
    parquet(directory.resolve("b.parquet"), "body", Arrays.copyOfRange(rows, 100, 400));

    CommandRun run =
        tokenize(
            "corpus.paths=[" + directory.resolve("*.parquet") + "]",
            "corpus.text-field=body",
            "data.split=tail",
            "data.validation=0.5",
            CHARACTERS);

    assertEquals(0, run.exitCode(), run.err());
    assertEquals(
        Arrays.asList(rows).subList(200, 400), documents(dataset(), DatasetSplit.VALIDATION));
  }

  @Test
  void whatIsRejectedIsSetAsideWithTheReason() throws Exception {
    Path file = directory.resolve("a.jsonl");
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    for (int i = 0; i < 20; i++) {
      lines.writeBytes(("{\"text\": \"document " + i + "\"}\n").getBytes(UTF_8));
    }
    int bad = lines.size();
    lines.writeBytes(new byte[] {'{', (byte) 0xff, '}', '\n'});
    lines.writeBytes("{\"text\": \"\"}\n".getBytes(UTF_8));
    lines.writeBytes("{\"text\": \"much longer than thirty bytes are\"}\n".getBytes(UTF_8));
    lines.writeBytes("{\"title\": \"no text\"}\nno json\n".getBytes(UTF_8));
    Files.write(file, lines.toByteArray());

    CommandRun run =
        tokenize(
            "corpus.paths=[" + file + "]",
            "corpus.max-document-bytes=30",
            "corpus.max-rejected=0.3",
            CHARACTERS);

    assertEquals(0, run.exitCode(), run.err());
    List<JsonNode> rejected = new ArrayList<>();
    ObjectMapper json = new ObjectMapper();
    for (String line : Files.readAllLines(output().resolve("rejected/part-00000.jsonl"))) {
      rejected.add(json.readTree(line));
    }
    assertEquals(
        List.of("not-utf8", "empty", "too-long", "no-text", "bad-json"),
        rejected.stream().map(row -> row.path("reason").asText()).toList());
    assertEquals(bad, rejected.get(0).path("offset").asInt());
    assertTrue(rejected.get(0).path("file").asText().endsWith("a.jsonl"));
    assertEquals("{\\xff}", rejected.get(0).path("excerpt").asText());
    assertTrue(rejected.get(0).path("cause").isMissingNode());
    assertTrue(rejected.get(4).path("cause").asText().startsWith("Unrecognized token 'no'"));
    assertEquals(20, documents(dataset(), DatasetSplit.TRAIN).size());
  }

  @Test
  void tooManyRejectedDocumentsFailTheJobAndNothingIsWritten() throws Exception {
    Path file = directory.resolve("a.txt");
    Files.write(file, new byte[] {'o', 'k', '\n', (byte) 0xff, '\n'});

    CommandRun some = tokenize("corpus.paths=[" + file + "]", CHARACTERS);
    assertEquals(1, some.exitCode());
    assertTrue(some.err().contains("1 documents; rejected: 1 not-utf8"), some.err());
    assertTrue(some.err().contains("corpus.max-rejected"), some.err());

    Files.write(file, new byte[] {(byte) 0xff, '\n'});
    CommandRun all = tokenize("corpus.paths=[" + file + "]", CHARACTERS);
    assertEquals(1, all.exitCode());
    assertTrue(all.err().contains("it holds no usable document"), all.err());

    Files.write(file, new byte[0]);
    CommandRun empty = tokenize("corpus.paths=[" + file + "]", CHARACTERS);
    assertEquals(1, empty.exitCode());
    assertTrue(empty.err().contains("it holds no usable document"), empty.err());
    assertNothingWritten();
  }

  @Test
  void badInputIsRefusedBeforeAnythingIsWritten() throws Exception {
    Path file = directory.resolve("a.txt");
    Files.writeString(file, "some text\n");
    parquet(directory.resolve("a.parquet"), "body", "some text");
    String paths = "corpus.paths=[" + file + "]";

    refused(2, "data.path must be set", paths, "data.path=");
    refused(2, "data.path must be a path (got: a:b)", paths, "data.path=a:b");
    refused(2, "corpus.paths is empty");
    refused(2, "there is no such file or directory", "corpus.paths=[/no/such/file]");
    refused(2, "no file was found there", "corpus.paths=[" + directory + "/*.text]");
    refused(2, "expected one of [body]", "corpus.paths=[" + directory + "/a.parquet]");
    refused(2, "Check tokenizer.file.", paths, "tokenizer.file=/no/tokenizer.json");
    refused(2, "the folder holds no tokenizer.json", paths, "tokenizer.file=" + directory);
    refused(2, "it is no glob", "corpus.paths=" + directory + "/[");
    refused(2, "Hadoop knows no file system nosuch", "corpus.paths=nosuch://host/path");
    CommandRun pattern = tokenize(paths, "tokenizer.kind=bpe", "tokenizer.pattern=(?=a)");
    assertEquals(2, pattern.exitCode(), pattern.err());
    assertTrue(pattern.err().contains("which has a match of empty text"), pattern.err());
    assertFalse(pattern.out().contains("Counting"), pattern.out());
    refused(1, "a.txt", paths, "tokenizer.file=" + file);
    refused(1, "its texts offer", paths, "tokenizer.kind=bpe");
    refused(1, "its texts offer", paths, "tokenizer.kind=words", "tokenizer.vocabulary=100");
    refused(
        1,
        "expected enough for a training split",
        paths,
        CHARACTERS,
        "data.split=tail",
        "data.validation=0.99");
    Files.writeString(directory.resolve("b.parquet"), "no parquet");
    refused(
        1, "b.parquet at 0: corrupt-file (it is no", "corpus.paths=[" + directory + "/b.parquet]");
    refused(2, "there is no such file", paths, "tokenizer.file=/no/tokenizer.json");
    refused(2, "file system s3a cannot be loaded", "corpus.paths=s3a://bucket/x");
    assertNothingWritten();
  }

  @Test
  void whatIsNoTextIsRefusedWithItsNameAndNothingIsWritten() throws Exception {
    Path corpus = Files.createDirectories(directory.resolve("corpus"));
    Files.writeString(corpus.resolve("a.txt"), "some text\n".repeat(1000));
    Files.write(corpus.resolve("b.txt"), "\ufeffsaved elsewhere\r\n".getBytes(UTF_16LE));
    Files.writeString(corpus.resolve("c.json"), "[{\"text\": \"x\"}]");
    parquet(corpus.resolve("d[1].parquet"), "body", "some text");

    CommandRun run = tokenize("corpus.paths=" + corpus, CHARACTERS);

    assertEquals(2, run.exitCode(), run.err());
    assertTrue(
        run.err()
            .contains(
                "b.txt: its first bytes are those of UTF-16, expected text in UTF-8. Convert"),
        run.err());
    assertTrue(run.err().contains("Refused beside it: 2 more."), run.err());
    assertFalse(run.err().contains("\tat "), run.err());
    assertNothingWritten();
  }

  @Test
  void aFifoIsNeverWaitedFor() throws Exception {
    Path corpus = Files.createDirectories(directory.resolve("corpus"));
    Files.writeString(corpus.resolve("a.txt"), "some text\n");
    Path fifo = corpus.resolve("b.txt");
    assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
    String found = "b.txt: it is a FIFO, a device or a socket";
    refused(2, found, "corpus.paths=" + corpus);
    refused(2, found, "corpus.paths=" + corpus.resolve("a.txt"), "tokenizer.file=" + fifo);
    CommandRun settings = CommandRun.of("tokenize", "--config", fifo.toString());
    assertEquals(2, settings.exitCode());
    assertTrue(settings.err().contains(found), settings.err());
    Files.createDirectories(output());
    Files.move(fifo, output().resolve("dataset.json"));
    CommandRun dataset =
        CommandRun.of(
            "train",
            "--set",
            "data.path=" + output(),
            "--set",
            "run.path=" + directory.resolve("run"));
    assertEquals(2, dataset.exitCode(), dataset.err());
    assertTrue(dataset.err().contains("dataset.json: it is a FIFO"), dataset.err());
  }

  @Test
  void aFileThatIsMostlyMissingIsNoticed() throws Exception {
    Path corpus = Files.createDirectories(directory.resolve("corpus"));
    Files.writeString(corpus.resolve("a.txt"), "some text\n".repeat(1000));
    byte[] packed =
        gzip(IntStream.range(0, 20000).mapToObj("line %d\n"::formatted).collect(joining()));
    Files.write(corpus.resolve("b.txt.gz"), Arrays.copyOf(packed, 50));

    CommandRun strict = tokenize("corpus.paths=" + corpus, CHARACTERS);
    assertEquals(1, strict.exitCode());
    assertTrue(
        strict.err().contains("b.txt.gz at 0: corrupt-file (it ends early, after 50 bytes)"),
        strict.err());

    CommandRun lenient = tokenize("corpus.paths=" + corpus, "corpus.max-rejected=0.6", CHARACTERS);
    assertEquals(0, lenient.exitCode(), lenient.err());
    assertTrue(lenient.out().contains("b.txt.gz: it ends early, after 50 bytes"), lenient.out());
    String rejected = Files.readString(output().resolve("rejected/part-00000.jsonl"));
    assertTrue(rejected.contains("\"cause\":\"it ends early, after 50 bytes\""), rejected);
  }

  @Test
  void aMegabyteOnTheCommandLineIsNotGivenBack() {
    CommandRun run = CommandRun.of("tokenize", "--" + "x".repeat(1 << 20));
    assertEquals(2, run.exitCode());
    assertTrue(run.err().length() < 10_000);
    assertTrue(run.err().contains("characters left out"), run.err());
  }

  @Test
  void whereItCannotWriteIsSaidBeforeTheCorpusIsRead() throws Exception {
    Path corpus = directory.resolve("corpus.txt");
    Files.writeString(corpus, "a line\n");
    CommandRun run = tokenize("corpus.paths=[" + corpus + "]", "data.path=" + corpus + "/data");
    assertEquals(1, run.exitCode(), run.err());
    assertTrue(run.err().contains("Cannot create directory"), run.err());
    assertFalse(run.out().contains("Counting"), run.out());
  }

  @Test
  void anExistingDatasetIsKeptUnlessToldOtherwise() throws Exception {
    Path file = directory.resolve("a.txt");
    Files.writeString(file, "old text\n");
    String paths = "corpus.paths=[" + file + "]";
    assertEquals(0, tokenize(paths, CHARACTERS).exitCode());
    Files.writeString(file, "new text\n");

    CommandRun again = tokenize(paths, CHARACTERS);
    assertEquals(2, again.exitCode());
    assertTrue(again.err().contains("it exists"), again.err());
    assertEquals(List.of("old text"), documents(dataset(), DatasetSplit.TRAIN));

    CommandRun over = run(List.of("--overwrite"), paths, CHARACTERS);
    assertEquals(0, over.exitCode(), over.err());
    assertEquals(List.of("new text"), documents(dataset(), DatasetSplit.TRAIN));

    CommandRun itself = run(List.of("--overwrite"), "corpus.paths=[" + directory + "]", CHARACTERS);
    assertEquals(2, itself.exitCode());
    assertTrue(itself.err().contains("inside it"), itself.err());
    assertEquals(List.of("new text"), documents(dataset(), DatasetSplit.TRAIN));
  }

  @Test
  void aGivenTokenizerIsUsedAsItIs() throws Exception {
    Path file = directory.resolve("a.txt");
    Files.writeString(file, "the ship\nthe sea\n");
    Path json = directory.resolve("given.json");
    Files.write(json, WordTrainer.train(Map.of("the", 3L, "ship", 2L), 4));

    CommandRun run = tokenize("corpus.paths=" + file, "tokenizer.file=" + json);

    assertEquals(0, run.exitCode(), run.err());
    assertArrayEquals(
        Files.readAllBytes(json), Files.readAllBytes(output().resolve("tokenizer.json")));
    assertEquals(4, dataset().schema().column(Column.TEXT).size());
    assertEquals(List.of("the ship", "the <unk>"), documents(dataset(), DatasetSplit.TRAIN));
  }

  private void refused(int exitCode, String message, String... settings) {
    CommandRun run = tokenize(settings);
    assertEquals(exitCode, run.exitCode(), run.err());
    assertTrue(run.err().contains(message), run.err());
    assertFalse(run.err().contains("\tat "), run.err());
  }

  /** Nothing but what another run could go on with. */
  private void assertNothingWritten() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      assertEquals(
          List.of(),
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.contains("out") && !name.endsWith(".work"))
              .toList());
    }
  }

  private CommandRun tokenize(String... settings) {
    return run(List.of(), settings);
  }

  private CommandRun run(List<String> options, String... settings) {
    List<String> arguments = new ArrayList<>(List.of("tokenize"));
    arguments.addAll(options);
    for (String setting : List.of("data.path=" + output(), "data.validation=0")) {
      arguments.addAll(List.of("--set", setting));
    }
    for (String setting : settings) {
      arguments.addAll(List.of("--set", setting));
    }
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  private Path output() {
    return directory.resolve("out");
  }

  private Dataset dataset() {
    return Dataset.open(
        new Storage(new Configuration(false)),
        new org.apache.hadoop.fs.Path(output().toUri().getPath()));
  }

  /** The documents of a split, in the order of its shards. */
  private static List<String> documents(Dataset dataset, DatasetSplit split) {
    Tokenizer tokenizer =
        Tokenizers.load(dataset.tokenizers().get("tokenizer.json"), "tokenizer.json");
    List<String> documents = new ArrayList<>();
    for (int shard = 0; shard < dataset.manifest().split(split).shards().size(); shard++) {
      int[] ids = dataset.shard(split, shard).tokens(Column.TEXT).toArray();
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

  /** The text of a split that has one shard. */
  private static String text(Dataset dataset, DatasetSplit split) {
    return Tokenizers.load(dataset.tokenizers().get("tokenizer.json"), "tokenizer.json")
        .decode(dataset.shard(split, 0).tokens(Column.TEXT).toArray());
  }

  private static void parquet(Path file, String column, String... texts) throws IOException {
    Path parts = file.resolveSibling("." + file.getFileName() + ".parts");
    SPARK
        .session()
        .sql()
        .createDataset(List.of(texts), Encoders.STRING())
        .coalesce(1)
        .toDF(column)
        .write()
        .parquet(parts.toString());
    try (Stream<Path> written = Files.list(parts)) {
      Path part =
          written
              .filter(name -> name.getFileName().toString().startsWith("part-"))
              .findFirst()
              .orElseThrow();
      Files.move(part, file);
    }
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(UTF_8));
    }
    return bytes.toByteArray();
  }
}
