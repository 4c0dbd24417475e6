package io.chorale.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import io.chorale.config.CorpusSettings;
import io.chorale.config.DatasetSplit;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records of CSV and JSON lines: texts with labels, from files of given splits. */
class TableDocumentsTest {
  @TempDir Path directory;
  private CorpusFixture corpus;

  @BeforeEach
  void open() {
    corpus = new CorpusFixture(directory);
  }

  private CorpusSettings settings(String name, String... more) {
    List<String> overrides =
        new ArrayList<>(
            List.of("corpus.paths=" + corpus.path(name), "corpus.max-document-bytes=100"));
    overrides.addAll(List.of(more));
    return SettingsFile.read("test", "", overrides).corpus();
  }

  /** {@code offset:label:text} of documents, {@code offset!reason} of rejections. */
  private List<String> read(String name, String content, String... more) {
    corpus.write(name, content.getBytes(StandardCharsets.UTF_8));
    CorpusSettings settings = settings(name, more);
    return CorpusFixture.read(settings, 1 << 20).stream()
        .map(
            entry ->
                entry instanceof Document document
                    ? document.offset() + ":" + label(document) + ":" + CorpusFixture.text(document)
                    : entry.offset() + "!" + ((Rejection) entry).reason().key())
        .toList();
  }

  private static String label(Document document) {
    Field label = document.fields().get(Document.LABEL);
    return label == null ? "" : label.toString();
  }

  @Test
  void headerNamesTheColumnsAndQuotesHoldDelimitersAndLineEnds() {
    String content =
        "id,text,kind\n1,\"a, b\",x\n2,\"two\r\nlines \"\"q\"\"\",y\r\n3,plain,\"x\"\n4,no end,y";
    assertEquals(
        List.of("13:x:a, b", "24:y:two\r\nlines \"q\"", "48:x:plain", "60:y:no end"),
        read("a.csv", content, "corpus.label-field=kind"));
  }

  @Test
  void columnsWithoutHeaderAreNamedByPositionAndTheLastTakesTheRest() {
    assertEquals(
        List.of("0:1:a stirring , funny film", "26:0:\"un\"even"),
        read(
            "stsa",
            "1 a stirring , funny film\n0 \"un\"even\n",
            "corpus.format=csv",
            "corpus.csv-header=false",
            "corpus.csv-delimiter= ",
            "corpus.csv-quote=",
            "corpus.csv-columns=2",
            "corpus.text-field=2",
            "corpus.label-field=1"));
  }

  @Test
  void recordsThatAreNoGoodAreSetAsideAndTheRestIsRead() {
    String content =
        "text,label\nfine,1\nragged\na,b,c\n\nx,\n\"open\"x,2\n" + "y".repeat(200) + ",3\nlast,4\n";
    assertEquals(
        List.of(
            "11:1:fine",
            "18!bad-csv",
            "25!bad-csv",
            "31!empty",
            "32!no-label",
            "35!bad-csv",
            "45!too-long",
            "248:4:last"),
        read("a.csv", content, "corpus.label-field=label"));
  }

  @Test
  void aQuoteThatDoesNotCloseIsOneRejection() {
    List<String> entries = read("a.csv", "text\nfine\n\"never\nclosed\n");
    assertEquals(List.of("5::fine", "10!bad-csv", "17::closed"), entries);
  }

  @Test
  void aLongFieldInQuotesIsTooLongWhateverItHolds() {
    String most = "z".repeat(1 << 20);
    String held = most + "y".repeat(300);
    for (String field : List.of(held, held + "\n\"\"q\"\"\n", "a\n" + held)) {
      int after = 10 + field.length() + 3;
      assertEquals(
          List.of("5:fine", "10!too-long", after + ":last"),
          read("a.csv", "text\nfine\n\"" + field + "\"\nlast\n").stream()
              .map(entry -> entry.replace("::", ":"))
              .toList());
    }
  }

  /** Of 1,000 rows, row 500 has a quote that does not close. */
  private List<String> lost(String broken, String row) {
    StringBuilder content = new StringBuilder("id,text\n");
    for (int i = 0; i < 1000; i++) {
      content.append(i == 500 ? broken : i + "," + row).append("\n");
    }
    List<String> entries = read("a.csv", content.toString());
    List<String> found = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      if (entries.get(i).contains("!")) {
        found.add(i + entries.get(i).substring(entries.get(i).indexOf('!')));
      }
    }
    assertEquals(1000, entries.size());
    return found;
  }

  @Test
  void aQuoteThatDoesNotCloseCostsOneRow() {
    for (String broken : List.of("a,\"b\" c,\"d", "500,\"d", "\"d", "500,\"a\"b", "500,\"\"\"")) {
      assertEquals(List.of("500!bad-csv"), lost(broken, "plain"), broken);
      assertEquals(List.of("500!bad-csv"), lost(broken, "\"in quotes, ok\""), broken);
      assertEquals(List.of("500!bad-csv"), lost(broken, "with \"quotes\" inside"), broken);
    }
  }

  @Test
  void rowsAfterAnUnclosedQuoteStandWhereTheyDid() {
    assertEquals(
        List.of(
            "5::fine",
            "10!bad-csv",
            "16::two",
            "20::q\"\"r",
            "25!bad-csv",
            "31!empty",
            "32::last\nrow"),
        read("a.csv", "text\nfine\n\"open\ntwo\nq\"\"r\n\"x\"yz\n\n\"last\nrow\"\n"));
  }

  @Test
  void rowsThatAQuoteSwallowsForGoodAreDamageOfTheFile() {
    String rows = "0123456789abcdef\n".repeat(1 << 16);
    corpus.write("a.csv", ("text\nfine\n\"open\n" + rows).getBytes(StandardCharsets.UTF_8));
    List<CorpusEntry> entries = CorpusFixture.read(settings("a.csv"), 1 << 30);
    assertEquals(2, entries.size());
    Rejection lost = (Rejection) entries.get(1);
    assertEquals(Rejection.Reason.CORRUPT_FILE, lost.reason());
    assertEquals(10, lost.offset());
    assertEquals(6 + rows.length(), lost.lost());
    assertEquals("a quote of its record at 10 does not close", lost.cause());
  }

  @Test
  void everyRowWithAQuoteThatDoesNotCloseIsCounted() {
    List<String> entries = read("a.csv", "text\n" + "\"\"\"x\n".repeat(1000));
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      expected.add(5 + 5 * i + "!bad-csv");
    }
    assertEquals(expected, entries);
  }

  @Test
  void whatFollowsAWholePackedFileCostsNoRecord() {
    byte[] packed = Zstd.compress("text\none\nlast".getBytes(StandardCharsets.UTF_8));
    byte[] longer = Arrays.copyOf(packed, packed.length + 7);
    Arrays.fill(longer, packed.length, longer.length, (byte) 'x');
    corpus.write("a.csv.zst", longer);
    assertEquals(
        List.of("5:one", "9:last", "13!corrupt-file"),
        CorpusFixture.brief(CorpusFixture.read(settings("a.csv.zst"), 1 << 20)));
  }

  @Test
  void aHeaderThatRepeatsANameOrLacksOneIsRefused() {
    assertEquals(List.of("0!refused-file"), read("a.csv", "text,text\na,b\n"));
    assertEquals(List.of("0!refused-file"), read("b.csv", "words\na\n"));
  }

  @Test
  void jsonLabelsAreTextWholeNumbersOrTruth() {
    String content =
        "{\"text\":\"a\",\"y\":\"pos\"}\n{\"text\":\"b\",\"y\":3}\n{\"text\":\"c\",\"y\":true}\n"
            + "{\"text\":\"d\"}\n{\"text\":\"e\",\"y\":1.5}\n{\"text\":\"f\",\"y\":[1]}\n";
    List<String> entries = read("a.jsonl", content, "corpus.label-field=y");
    assertEquals(List.of("0:pos:a", "23:3:b", "42:true:c"), entries.subList(0, 3));
    assertTrue(entries.subList(3, 6).stream().allMatch(entry -> entry.endsWith("!no-label")));
  }

  @Test
  void aFirstRecordThatIsTooShortIsOneRejection() {
    assertEquals(
        List.of("0!bad-csv", "2:0:fine film"),
        read(
            "stsa",
            "1\n0 fine film\n",
            "corpus.format=csv",
            "corpus.csv-header=false",
            "corpus.csv-delimiter= ",
            "corpus.csv-columns=2",
            "corpus.text-field=2",
            "corpus.label-field=1"));
  }

  @Test
  void aNameSaysThatTabsDelimit() {
    assertEquals(List.of("7:b:a, c"), read("a.tsv", "text\tk\na, c\tb\n", "corpus.label-field=k"));
  }

  @Test
  void keysThatLeadToNothingAreNamed() {
    corpus.write("train.txt", "a".getBytes(StandardCharsets.UTF_8));
    for (String key : List.of("validation-paths", "test-paths")) {
      CorpusSettings settings = settings("train.txt", "corpus." + key + "=" + corpus.path("none*"));
      SettingsException thrown =
          assertThrows(
              SettingsException.class, () -> Corpus.files(CorpusFixture.STORAGE, settings));
      assertTrue(thrown.getMessage().endsWith("Check corpus." + key + "."), thrown.getMessage());
    }
    assertEquals(
        1, Corpus.files(CorpusFixture.STORAGE, settings("train.txt", "corpus.test-paths=")).size());
  }

  @Test
  void pairsThatMakeNoSenseAreRefused() {
    for (List<String> pair :
        List.of(
            List.of("corpus.text-field=a", "corpus.label-field=a"),
            List.of("corpus.csv-delimiter=tab", "corpus.csv-quote=\t"))) {
      assertThrows(SettingsException.class, () -> settings("a.csv", pair.get(0), pair.get(1)));
    }
  }

  @Test
  void tabsDelimit() {
    assertEquals(
        List.of("7:b:a"),
        read(
            "a.tsv",
            "text\tk\na\tb\n",
            "corpus.format=csv",
            "corpus.csv-delimiter=tab",
            "corpus.label-field=k"));
  }

  @Test
  void filesAreGivenForSplits() {
    for (String name : List.of("train.txt", "dev.txt", "test.txt")) {
      corpus.write(name, name.getBytes(StandardCharsets.UTF_8));
    }
    CorpusSettings settings =
        settings(
            "train.txt",
            "corpus.validation-paths=" + corpus.path("dev.txt"),
            "corpus.test-paths=" + corpus.path("test.txt"));
    assertEquals(
        List.of(DatasetSplit.TRAIN, DatasetSplit.VALIDATION, DatasetSplit.TEST),
        Corpus.files(CorpusFixture.STORAGE, settings).stream().map(CorpusFile::split).toList());
    CorpusSettings twice =
        settings("train.txt", "corpus.validation-paths=" + corpus.path("train.txt"));
    SettingsException thrown =
        assertThrows(SettingsException.class, () -> Corpus.files(CorpusFixture.STORAGE, twice));
    assertTrue(thrown.getMessage().contains("corpus.validation-paths"), thrown.getMessage());
  }
}
