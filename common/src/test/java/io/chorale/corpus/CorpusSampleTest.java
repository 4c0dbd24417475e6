package io.chorale.corpus;

import static io.chorale.corpus.CorpusFixture.STORAGE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import io.chorale.config.CorpusSettings;
import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.config.Sources;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CorpusSampleTest {
  private static final int KIB = 1 << 10;

  @TempDir Path directory;
  private CorpusFixture corpus;

  @BeforeEach
  void begin() {
    corpus = new CorpusFixture(directory);
  }

  /** Lines that differ, each of 40 to 120 letters that hardly can be packed. */
  private static List<String> lines(int count, long seed) {
    Random random = new Random(seed);
    return IntStream.range(0, count)
        .mapToObj(
            line ->
                line
                    + " "
                    + random
                        .ints(40 + random.nextInt(80), 'a', 'z' + 1)
                        .collect(
                            StringBuilder::new,
                            StringBuilder::appendCodePoint,
                            StringBuilder::append))
        .toList();
  }

  private static byte[] text(List<String> lines) {
    return (String.join("\n", lines) + "\n").getBytes(UTF_8);
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream packed = new GZIPOutputStream(out)) {
      packed.write(bytes);
    }
    return out.toByteArray();
  }

  private static byte[] pack(byte[] bytes, CorpusFile.Compression compression) throws IOException {
    return compression == CorpusFile.Compression.GZIP ? gzip(bytes) : Zstd.compress(bytes);
  }

  private static String ending(CorpusFile.Compression compression) {
    return compression == CorpusFile.Compression.GZIP ? ".gz" : ".zst";
  }

  private Settings settings(String... set) {
    List<String> overrides = new ArrayList<>(List.of("corpus.paths=['" + directory + "']"));
    overrides.addAll(List.of(set));
    return SettingsFile.read("test", "", overrides);
  }

  private static CorpusSample sample(Settings settings, double share) {
    Sources sources = Sources.of(settings);
    return CorpusSample.of(Corpus.files(STORAGE, sources), sources, share);
  }

  /** The texts of a sample, in order; fails where something is no document. */
  private static List<String> read(CorpusSample sample, Settings settings) {
    return entries(sample, settings).stream()
        .map(entry -> CorpusFixture.text((Document) entry))
        .toList();
  }

  private static List<CorpusEntry> entries(CorpusSample sample, Settings settings) {
    List<CorpusEntry> entries = new ArrayList<>();
    for (CorpusPlan.Part part : sample.plan().parts()) {
      CorpusSettings own = Sources.of(settings).get(part.source()).corpus();
      for (CorpusSplit split : part.splits()) {
        try (DocumentReader reader = DocumentReader.of(STORAGE, split, own, read -> {})) {
          reader.forEachRemaining(entries::add);
        }
      }
    }
    return entries;
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.02, 0.1, 0.5, 1})
  void ofFilesThatCanBeCutAShareOfTheDocumentsIsRead(double share) {
    List<String> all = lines(60_000, 1);
    for (int file = 0; file < 6; file++) {
      corpus.write(file + ".txt", text(all.subList(file * 10_000, (file + 1) * 10_000)));
    }
    Settings settings = settings();
    CorpusSample sample = sample(settings, share);
    List<String> read = read(sample, settings);
    assertEquals(share * all.size(), read.size(), 0.03 * share * all.size());
    List<String> inOrder = new ArrayList<>(all);
    inOrder.retainAll(new HashSet<>(read));
    assertEquals(inOrder, read, "each once, in the order of the corpus");
    assertEquals(
        share * sample.groups().get(0).storedBytes(), sample.plan().storedBytes(), 1 << 16);
    assertEquals(read, read(sample(settings, share), settings), "the same ones again");
  }

  @Test
  void aSampleOfAllIsAll() throws IOException {
    corpus.write("a.txt", text(lines(5_000, 1)));
    corpus.write("b.txt.gz", gzip(text(lines(5_000, 2))));
    corpus.write("c.csv", text(lines(5_000, 3)));
    Settings settings = settings("corpus.text-field=1", "corpus.csv-header=false");
    assertEquals(15_000, read(sample(settings, 1), settings).size());
  }

  /** At the edges of what a stretch is drawn from too. */
  @Test
  void eachPlaceOfAFileIsAsLikelyToBeReadAsAnyOther() {
    int tenths = 10;
    long[] read = new long[tenths];
    long samples = 0;
    for (int length = 1_000_000; length < 1_400_000; length += 1000) {
      CorpusFile file =
          new CorpusFile(
              0,
              0,
              "file:/a.txt",
              length,
              0,
              CorpusSettings.Format.TEXT,
              CorpusFile.Compression.NONE,
              DatasetSplit.TRAIN);
      CorpusSample sample = CorpusSample.of(List.of(file), Sources.of(settings()), 0.1);
      for (CorpusPlan.Part part : sample.plan().parts()) {
        for (CorpusSplit split : part.splits()) {
          for (long at = split.start(); at < split.start() + split.length(); at += 100) {
            read[(int) (tenths * at / length)]++;
            samples++;
          }
        }
      }
    }
    for (long one : read) {
      assertEquals(samples / (double) tenths, one, 0.25 * samples / tenths, Arrays.toString(read));
    }
  }

  @Test
  void ofAFileOfAnyLengthASampleOfAllHasTheEnd() throws IOException {
    for (int length = 16_000_000; length < 16_000_040; length++) {
      byte[] bytes = new byte[length];
      Arrays.fill(bytes, (byte) 'x');
      corpus.write("a.csv", bytes);
      CorpusSample sample = sample(settings("corpus.csv-header=false"), 1);
      assertEquals(length, sample.plan().storedBytes());
      assertEquals(0, sample.groups().get(0).begun(), length + " bytes");
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = CorpusFile.Compression.class,
      names = {"GZIP", "ZSTD"})
  void ofALargePackedFileTheBeginIsRead(CorpusFile.Compression compression) throws IOException {
    List<String> all = lines(60_000, 1);
    byte[] packed = pack(text(all), compression);
    corpus.write("a.txt" + ending(compression), packed);
    Settings settings = settings();
    CorpusSample sample = sample(settings, 0.1);
    long read = sample.plan().storedBytes();
    assertEquals(0.1 * packed.length, read, 1 << 16);
    assertEquals(1, sample.groups().get(0).begun());
    List<String> texts = read(sample, settings);
    assertEquals(all.subList(0, texts.size()), texts);
    assertEquals(read / (double) packed.length, texts.size() / (double) all.size(), 0.003);
  }

  /** Of each the last block that is begun is not whole. */
  @ParameterizedTest
  @EnumSource(
      value = CorpusFile.Compression.class,
      names = {"GZIP", "ZSTD"})
  void whatLittleOfManyPackedFilesHoldIsNotUnderstated(CorpusFile.Compression compression)
      throws IOException {
    int files = 40;
    int each = 8_000;
    for (int file = 0; file < files; file++) {
      List<String> lines = new ArrayList<>();
      // Two thirds repeat: blocks of text do not grow by packing.
      for (String line : lines(each / 3, file)) {
        lines.addAll(List.of(line, line.substring(0, 30), line.substring(10)));
      }
      corpus.write(
          "%02d.txt%s".formatted(file, ending(compression)), pack(text(lines), compression));
    }
    Settings settings = settings();
    CorpusSample sample = sample(settings, 0.1);
    long begun = sample.groups().get(0).begun();
    assertTrue(begun > 10, begun + " files");
    double share = sample.plan().storedBytes() / (double) sample.groups().get(0).storedBytes();
    assertTrue(share < 0.3, share + " of the bytes");
    double estimated = read(sample, settings).size() / share;
    assertEquals(files * (each / 3) * 3, estimated, 0.04 * files * each);
  }

  @Test
  void ofCsvTheBeginIsReadUpToARecordThatBeginsInIt() {
    List<String> all = lines(20_000, 1);
    corpus.write("a.csv", text(all));
    Settings settings = settings("corpus.text-field=1", "corpus.csv-header=false");
    CorpusSample sample = sample(settings, 0.1);
    long bytes = sample.plan().storedBytes();
    long begins = 0;
    int expected = 0;
    while (begins < bytes) {
      begins += all.get(expected++).length() + 1;
    }
    assertEquals(all.subList(0, expected), read(sample, settings));
  }

  @Test
  void ofManySmallFilesAFewAreOpened() throws IOException {
    for (int file = 0; file < 2_000; file++) {
      byte[] lines = text(lines(20, file));
      corpus.write(
          "%04d.txt%s".formatted(file, file % 2 == 0 ? "" : ".gz"),
          file % 2 == 0 ? lines : gzip(lines));
    }
    Settings settings = settings();
    CorpusSample sample = sample(settings, 0.1);
    assertEquals(2_000, sample.groups().get(0).files());
    int opened = sample.plan().files().size();
    assertTrue(opened < 500, opened + " files");
    for (int index = 0; index < opened; index++) {
      assertEquals(index, sample.plan().files().get(index).index());
    }
    double documents = read(sample, settings).size();
    double estimated =
        documents * sample.groups().get(0).storedBytes() / sample.plan().storedBytes();
    assertEquals(40_000, estimated, 4_000);
  }

  @Test
  void filesThatAreDocumentsAreEquallyLikelyWhateverTheirLength() {
    List<String> line = lines(1, 1);
    for (int file = 0; file < 3_000; file++) {
      // A tenth of the files has nine tenths of the bytes.
      int times = file % 10 == 0 ? 81 : 1;
      corpus.write("%04d.txt".formatted(file), (line.get(0) + "\n").repeat(times).getBytes(UTF_8));
    }
    Settings settings = settings("corpus.document=file");
    CorpusSample sample = sample(settings, 0.25);
    List<String> texts = read(sample, settings);
    long large = texts.stream().filter(text -> text.length() > 1_000).count();
    assertEquals(0.25 * 3_000, texts.size(), 150);
    assertEquals(0.1, large / (double) texts.size(), 0.05);
  }

  /** Wherever a stretch lies, the begin of the file tells what it is; the first one says so. */
  @Test
  void aFileThatIsRefusedIsRefusedOnce() {
    corpus.write("a.txt", text(lines(20_000, 1)));
    corpus.write("b.txt", new String(text(lines(20_000, 2)), UTF_8).getBytes(UTF_16LE));
    byte[] noParquet = text(lines(20_000, 3));
    corpus.write("c.parquet", noParquet);
    Settings settings = settings("corpus.max-rejected=1");
    CorpusSample sample = sample(settings, 0.3);
    assertTrue(splits(sample).stream().filter(split -> split.contains("b.txt")).count() > 3);
    assertTrue(splits(sample).stream().filter(split -> split.contains("c.parquet")).count() > 1);
    List<Rejection> rejections =
        entries(sample, settings).stream()
            .filter(Rejection.class::isInstance)
            .map(Rejection.class::cast)
            .toList();
    assertEquals(
        List.of(Rejection.Reason.REFUSED_FILE, Rejection.Reason.CORRUPT_FILE),
        rejections.stream().map(Rejection::reason).toList());
  }

  @Test
  void everySourceAndSplitIsThere() {
    corpus.write("large/a.txt", text(lines(60_000, 1)));
    corpus.write("small/a.txt", text(lines(3, 2)));
    corpus.write("held/a.txt", text(lines(50, 3)));
    Settings settings =
        SettingsFile.read(
            "test",
            "corpus:\n  sources:\n    large:\n      paths: ['%1$s/large']\n      test-paths: ['%1$s/held']\n    small:\n      paths: ['%1$s/small']\n"
                .formatted(directory),
            List.of());
    CorpusSample sample = sample(settings, 0.02);
    TreeMap<String, Long> files = new TreeMap<>();
    sample
        .groups()
        .forEach(group -> files.put(group.source() + " " + group.split().key(), group.files()));
    assertEquals(Set.of("0 train", "0 test", "1 train"), files.keySet());
    List<String> read = read(sample, settings);
    assertTrue(read.containsAll(lines(3, 2)));
    assertTrue(read.containsAll(lines(50, 3)));
    assertTrue(read.size() < 2_000, read.size() + " documents");
    assertEquals(
        List.of(DatasetSplit.TRAIN, DatasetSplit.TRAIN, DatasetSplit.TEST),
        sample.plan().files().stream().map(CorpusFile::split).toList());
  }

  @Test
  void anotherCorpusHasOtherStretches() {
    corpus.write("a.txt", text(lines(60_000, 1)));
    List<String> one = splits(sample(settings(), 0.1));
    corpus.write("b.txt", text(lines(60_000, 2)));
    assertNotEquals(one, splits(sample(settings(), 0.05)).stream().limit(one.size()).toList());
  }

  private static List<String> splits(CorpusSample sample) {
    return sample.plan().parts().stream()
        .flatMap(part -> part.splits().stream())
        .map(CorpusSplit::toString)
        .toList();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.4, 1})
  void ofParquetRowsOfSomeRowGroupsAreRead(double share) throws IOException {
    List<String> all = lines(40_000, 1);
    MessageType type =
        MessageTypeParser.parseMessageType("message row { required binary text (STRING); }");
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(
                HadoopOutputFile.fromPath(
                    corpus.path("a.parquet"), new org.apache.hadoop.conf.Configuration()))
            .withType(type)
            .withRowGroupSize((long) 400 * KIB)
            .withDictionaryEncoding(false)
            .build()) {
      SimpleGroupFactory rows = new SimpleGroupFactory(type);
      for (String line : all) {
        writer.write(rows.newGroup().append("text", line));
      }
    }
    Settings settings = settings();
    List<String> read = read(sample(settings, share), settings);
    assertEquals(share * all.size(), read.size(), 0.05 * share * all.size());
    List<String> inOrder = new ArrayList<>(all);
    inOrder.retainAll(new HashSet<>(read));
    assertEquals(inOrder, read);
  }

  /** Null or not, in lists and in dictionaries: what a sample leaves out shifts nothing. */
  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.4, 1})
  void ofParquetTheColumnsOfARowStayTogether(double share) throws IOException {
    int rows = 40_000;
    List<String> all = lines(rows, 1);
    MessageType type =
        MessageTypeParser.parseMessageType(
            "message row { optional binary text (STRING); required binary number (STRING);"
                + " optional group words (LIST) { repeated group list { optional binary element"
                + " (STRING); } } optional binary label (STRING); }");
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(
                HadoopOutputFile.fromPath(
                    corpus.path("a.parquet"), new org.apache.hadoop.conf.Configuration()))
            .withType(type)
            .withRowGroupSize((long) 400 * KIB)
            .build()) {
      SimpleGroupFactory groups = new SimpleGroupFactory(type);
      for (int row = 0; row < rows; row++) {
        Group group = groups.newGroup().append("number", "n" + row);
        if (row % 3 > 0) {
          group.append("text", all.get(row));
        }
        if (row % 4 > 0) {
          Group words = group.addGroup("words");
          for (int word = 0; word < row % 4 - 1; word++) {
            words.addGroup("list").append("element", "w" + row);
          }
        }
        if (row % 5 > 0) {
          group.append("label", "l" + row % 7);
        }
        writer.write(group);
      }
    }
    int read = 0;
    for (String field : List.of("text", "words", "label")) {
      Settings settings =
          settings(
              "corpus.text-field=" + field, "corpus.target-field=number", "corpus.max-rejected=1");
      for (CorpusPlan.Part part : sample(settings, share).plan().parts()) {
        for (CorpusSplit split : part.splits()) {
          try (DocumentReader reader =
              DocumentReader.of(STORAGE, split, settings.corpus(), progress -> {})) {
            while (reader.hasNext()) {
              if (reader.next() instanceof Document document) {
                int row = Integer.parseInt(document.field(Document.TARGET).toString().substring(1));
                String expected =
                    switch (field) {
                      case "text" -> all.get(row);
                      case "label" -> "l" + row % 7;
                      default -> "w" + row;
                    };
                String found = CorpusFixture.text(document);
                assertTrue(found.contains(expected), found + " in row " + row);
                read++;
              }
            }
          }
        }
      }
    }
    assertTrue(read > share * rows, read + " documents");
  }
}
