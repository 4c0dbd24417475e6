package io.chorale.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.CorpusSettings;
import io.chorale.config.DatasetSplit;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
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
                    ? document.offset() + ":" + document.label() + ":" + document.text()
                    : entry.offset() + "!" + ((Rejection) entry).reason().key())
        .toList();
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
    assertEquals(List.of("5::fine", "10!bad-csv"), entries);
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
