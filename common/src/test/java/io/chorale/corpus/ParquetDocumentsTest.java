package io.chorale.corpus;

import static io.chorale.corpus.CorpusFixture.STORAGE;
import static io.chorale.corpus.CorpusFixture.brief;
import static io.chorale.corpus.CorpusFixture.read;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import io.chorale.config.CorpusSettings;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.Util;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParquetDocumentsTest {
  private static final long WHOLE = 1L << 40;
  private static final String STRINGS = "optional binary text (STRING);";

  @TempDir java.nio.file.Path directory;
  private CorpusFixture corpus;

  @BeforeEach
  void begin() {
    corpus = new CorpusFixture(directory);
  }

  @Test
  void aRowIsADocumentOrSaysWhyNot() throws IOException {
    write(
        "a.parquet",
        STRINGS,
        1,
        "one".getBytes(UTF_8),
        null,
        " ".getBytes(UTF_8),
        "caf\u00e9".getBytes(ISO_8859_1),
        "a\0b".getBytes(UTF_8),
        new byte[1001],
        "zwölf\n".getBytes(UTF_8));
    assertEquals(
        List.of("0:one", "1!no-text", "2!empty", "3!not-utf8", "4!nul", "5!too-long", "6:zwölf\n"),
        brief(read(corpus.settings("a.parquet"), WHOLE)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "required binary text;",
        "optional binary text (JSON);",
        "optional binary text (ENUM);"
      })
  void bytesAreReadAsText(String column) throws IOException {
    write("a.parquet", column, 1, "ä".getBytes(UTF_8), new byte[] {-1});
    assertEquals(List.of("0:ä", "1!not-utf8"), brief(read(corpus.settings("a.parquet"), WHOLE)));
  }

  @Test
  void splitsOfAnySizeHoldEachRowOnce() throws IOException {
    byte[][] rows =
        IntStream.range(0, 3000).mapToObj(i -> ("row " + i).getBytes(UTF_8)).toArray(byte[][]::new);
    write("a.parquet", STRINGS, 5, rows);
    List<CorpusEntry> whole = read(corpus.settings("a.parquet"), WHOLE);
    assertEquals(3000, whole.size());
    long length = Files.size(directory.resolve("a.parquet"));
    for (long size = 1; size <= length + 1; size += 1 + size / 3) {
      if (length / size < 200) {
        assertEquals(whole, read(corpus.settings("a.parquet"), size), "split of " + size);
      }
    }
  }

  /** A page of labels may be larger than all texts together. */
  @Test
  void labelsMayBeLongerThanTexts() throws IOException {
    byte[][] rows =
        IntStream.range(0, 500).mapToObj(i -> "x".getBytes(UTF_8)).toArray(byte[][]::new);
    write("a.parquet", STRINGS + " optional binary label (STRING);", 1, rows);
    List<CorpusEntry> read = read(corpus.settings("a.parquet", "label-field=label"), WHOLE);
    assertEquals(500, read.size());
    for (CorpusEntry entry : read) {
      assertEquals(
          "a label that is longer than its text",
          assertInstanceOf(Document.class, entry).field(Document.LABEL).toString());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"part[1].parquet", "a{b,c}.parquet", "x*y?.parquet", "ä ö%20.parquet"})
  void namesAreNoGlobs(String name) throws IOException {
    write("d/plain.parquet", STRINGS, 1, "text".getBytes(UTF_8));
    Files.move(directory.resolve("d/plain.parquet"), directory.resolve("d").resolve(name));
    assertEquals(List.of("0:text"), brief(read(corpus.settings("d"), WHOLE)));
  }

  @Test
  void aColumnThatIsNoTextIsNamedWithItsFile() throws IOException {
    write("d/a.parquet", STRINGS, 1, "text".getBytes(UTF_8));
    write("d/b.parquet", "optional int64 text;", 1, new byte[0][]);
    write("d/c.parquet", "repeated binary text (STRING);", 1, new byte[0][]);
    write("d/d.parquet", "optional binary body (STRING); optional int32 id;", 1, new byte[0][]);
    List<String> causes = new ArrayList<>();
    for (CorpusEntry entry : read(corpus.settings("d"), WHOLE)) {
      if (entry instanceof Rejection rejection) {
        assertEquals(Rejection.Reason.REFUSED_FILE, rejection.reason());
        causes.add(rejection.file() + " " + rejection.cause().replaceAll("\\. Set.*", ""));
      }
    }
    assertEquals(
        List.of(
            "1 its column text is of type int64, expected strings or lists of them",
            "2 its column text is of type list of binary (STRING), expected strings or lists of them",
            "3 it has no column text, expected one of [body, id]"),
        causes);
  }

  @Test
  void aDamagedRowGroupIsLostAndTheOthersAreNot() throws IOException {
    byte[][] rows =
        IntStream.range(0, 3000).mapToObj(i -> ("row " + i).getBytes(UTF_8)).toArray(byte[][]::new);
    write("a.parquet", STRINGS, 5, rows);
    List<BlockMetaData> groups = groups("a.parquet");
    assertTrue(groups.size() >= 3, groups.toString());
    byte[] bytes = Files.readAllBytes(directory.resolve("a.parquet"));
    int from = (int) groups.get(1).getStartingPos();
    for (int flip :
        new int[] {
          from, from + 1, from + 100, from + (int) groups.get(1).getCompressedSize() / 2
        }) {
      byte[] damaged = bytes.clone();
      damaged[flip] ^= 0x55;
      corpus.write("a.parquet", damaged);
      List<CorpusEntry> entries = read(corpus.settings("a.parquet"), WHOLE);
      List<Rejection> lost =
          entries.stream().filter(Rejection.class::isInstance).map(Rejection.class::cast).toList();
      assertEquals(1, lost.size(), lost.toString());
      assertEquals(Rejection.Reason.CORRUPT_FILE, lost.get(0).reason());
      assertTrue(!lost.get(0).cause().isEmpty());
      long first = groups.get(0).getRowCount();
      assertTrue(
          lost.get(0).offset() >= first
              && lost.get(0).offset() < first + groups.get(1).getRowCount());
      assertTrue(lost.get(0).lost() > 0 && lost.get(0).lost() <= groups.get(1).getCompressedSize());
      assertEquals("row 2999", CorpusFixture.text((Document) entries.get(entries.size() - 1)));
      List<CorpusEntry> cut = read(corpus.settings("a.parquet"), bytes.length / 7);
      assertEquals(brief(entries), brief(cut));
      assertEquals(
          lost, cut.stream().filter(Rejection.class::isInstance).toList(), "flip at " + flip);
    }
  }

  @Test
  void aFileWithoutItsEndIsLostAsAWhole() throws IOException {
    write("a.parquet", STRINGS, 1, "text".getBytes(UTF_8));
    byte[] bytes = Files.readAllBytes(directory.resolve("a.parquet"));
    for (int length : new int[] {0, 3, 12, bytes.length / 2, bytes.length - 1}) {
      corpus.write("a.parquet", Arrays.copyOf(bytes, length));
      List<CorpusEntry> entries = read(corpus.settings("a.parquet"), 50);
      assertEquals(List.of("0!corrupt-file"), brief(entries), "cut to " + length);
      assertEquals(Rejection.WHOLE, ((Rejection) entries.get(0)).lost());
    }
  }

  @Test
  void rowsThatOnlyTheFooterNamesAreMissed() throws IOException {
    write("a.parquet", STRINGS, 1, "one".getBytes(UTF_8), "two".getBytes(UTF_8));
    rewriteFooter(footer -> footer.setNum_rows(20));
    List<CorpusEntry> more = read(corpus.settings("a.parquet"), WHOLE);
    assertEquals(List.of("2!corrupt-file", "0:one", "1:two"), brief(more));
    Rejection missing = assertInstanceOf(Rejection.class, more.get(0));
    assertEquals("its footer names 20 rows, its row groups hold 2", missing.cause());
    assertEquals(Files.size(directory.resolve("a.parquet")) * 9 / 10, missing.lost(), 1);

    write("a.parquet", STRINGS, 1, "one".getBytes(UTF_8), "two".getBytes(UTF_8));
    rewriteFooter(
        footer -> {
          footer.setNum_rows(3);
          footer.getRow_groups().get(0).setNum_rows(3);
        });
    List<CorpusEntry> entries = read(corpus.settings("a.parquet"), WHOLE);
    assertEquals(List.of("0!corrupt-file"), brief(entries));
    assertEquals(
        "its row group 0 is damaged (its footer names 3 rows, its pages hold 2)",
        ((Rejection) entries.get(0)).cause());
  }

  @Test
  void storageThatFailsIsNoDamage() throws IOException {
    write("a.parquet", STRINGS, 1, "one".getBytes(UTF_8));
    CorpusSettings settings = corpus.settings("a.parquet");
    List<CorpusFile> files = Corpus.files(STORAGE, settings);
    Files.delete(directory.resolve("a.parquet"));
    try (DocumentReader reader =
        DocumentReader.of(STORAGE, Corpus.splits(files, settings).get(0), settings, n -> {})) {
      assertThrows(ChoraleException.class, reader::hasNext);
    }
  }

  /** The file again, with another footer. */
  private void rewriteFooter(Consumer<FileMetaData> change) throws IOException {
    byte[] bytes = Files.readAllBytes(directory.resolve("a.parquet"));
    int end = bytes.length - 8;
    int length = ByteBuffer.wrap(bytes, end, 4).order(ByteOrder.LITTLE_ENDIAN).getInt();
    FileMetaData footer =
        Util.readFileMetaData(new ByteArrayInputStream(bytes, end - length, length));
    change.accept(footer);
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    Util.writeFileMetaData(footer, written);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.write(bytes, 0, end - length);
    written.writeTo(file);
    file.write(
        ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(written.size()).array());
    file.write("PAR1".getBytes(UTF_8));
    corpus.write("a.parquet", file.toByteArray());
  }

  private List<BlockMetaData> groups(String name) throws IOException {
    try (ParquetFileReader reader =
        ParquetFileReader.open(HadoopInputFile.fromPath(corpus.path(name), new Configuration()))) {
      return reader.getRowGroups();
    }
  }

  /**
   * @param groups into which the rows are cut, about
   */
  private void write(String name, String columns, int groups, byte[]... rows) throws IOException {
    Files.createDirectories(directory.resolve(name).getParent());
    Files.deleteIfExists(directory.resolve(name));
    MessageType schema = MessageTypeParser.parseMessageType("message m { " + columns + " }");
    Configuration configuration = new Configuration();
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(HadoopOutputFile.fromPath(corpus.path(name), configuration))
            .withConf(configuration)
            .withType(schema)
            .withDictionaryEncoding(false)
            .withRowGroupRowCountLimit(Math.max(1, rows.length / groups))
            .build()) {
      for (byte[] row : rows) {
        Group group = new SimpleGroupFactory(schema).newGroup();
        if (row != null) {
          group.add("text", Binary.fromConstantByteArray(row));
        }
        if (schema.containsField("label")) {
          group.add("label", "a label that is longer than its text");
        }
        writer.write(group);
      }
    }
    Files.deleteIfExists(
        directory
            .resolve(name)
            .resolveSibling("." + directory.resolve(name).getFileName() + ".crc"));
  }
}
