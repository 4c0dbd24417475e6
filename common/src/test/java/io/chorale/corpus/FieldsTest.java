package io.chorale.corpus;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tags, targets, vectors and series of JSON lines and CSV: all fields of a document. */
class FieldsTest {
  @TempDir Path directory;
  private CorpusFixture corpus;

  @BeforeEach
  void open() {
    corpus = new CorpusFixture(directory);
  }

  /** {@code {column=value, …}} of documents, {@code reason: cause} of rejections. */
  static List<String> inWords(List<CorpusEntry> entries) {
    return entries.stream()
        .map(
            entry ->
                entry instanceof Document document
                    ? document.fields().toString()
                    : ((Rejection) entry).reason().key() + ": " + ((Rejection) entry).cause())
        .toList();
  }

  private List<String> read(String name, String content, String... set) {
    corpus.write(name, content.getBytes(UTF_8));
    return inWords(CorpusFixture.read(corpus.settings(name, set), 1 << 20));
  }

  /**
   * Pairs of which nothing is there part paragraphs; of which one text is there, they are faulty.
   */
  @Test
  void aPairNeedsBothTexts() {
    byte[] lines =
        "a\tb\nsource\t\n\ttarget\n  \ttarget\n\t \n\na\tb\tc\nsource\nx\t\u00e9\n\ty?\nz\tz?\n"
            .getBytes(UTF_8);
    for (int i = 0; i < lines.length; i++) {
      lines[i] = lines[i] == '?' ? (byte) 0xff : lines[i];
    }
    corpus.write("a.tsv", lines);
    String[] pairs = {"text-field=1", "target-field=2", "csv-header=false", "csv-quote="};
    assertEquals(
        List.of(
            "{text=a, target=b}",
            "no-target: ",
            "no-text: blank, beside a target",
            "no-text: blank, beside a target",
            "empty: ",
            "empty: ",
            "bad-csv: 3 fields, expected 2",
            "bad-csv: 1 fields, expected 2",
            "{text=x, target=é}",
            "no-text: blank, beside a target",
            "not-utf8: "),
        inWords(CorpusFixture.read(corpus.settings("a.tsv", pairs), 1 << 20)));
    assertEquals(
        List.of(
            "no-target: ",
            "no-target: 5, expected text",
            "no-target: ",
            "no-text: ",
            "empty: ",
            "no-text: blank, beside a target",
            "empty: "),
        read(
            "a.jsonl",
            """
            {"a": "x"}
            {"a": "x", "b": 5}
            {"a": "x", "b": "\\u2003"}
            {"b": "y"}
            {"a": " "}
            {"a": "", "b": 5}
            {"a": "", "b": null}
            """,
            "text-field=a",
            "target-field=b"));
  }

  @Test
  void wordsHaveTagsInLists() {
    String content =
        """
        {"words": ["a", "b c", "é"], "tags": ["X", "Y", "X"]}
        {"tags": ["X", "Y"], "words": "two words"}
        {"words": ["a", "b", "c"], "tags": ["X", "Y"]}
        {"words": ["a"], "tags": null}
        {"words": ["a"], "tags": 3}
        {"words": ["a"], "tags": []}
        {"words": ["a"], "tags": [""]}
        {"words": ["a", ""], "tags": ["X", "Y"]}
        {"words": ["a", null], "tags": ["X", "Y"]}
        {"words": ["a", 1], "tags": ["X", "Y"]}
        {"words": ["a\\u0000"], "tags": ["X"]}
        {"words": ["\\ud800"], "tags": ["X"]}
        {"words": [1, 2], "tags": ["X", "Y"]}
        {"words": {"a": []}, "tags": []}
        {"words": [], "tags": []}
        {"words": "\\u00a0", "tags": []}
        {"tags": ["X"]}
        {"words": "a b", "tags": "X\\tY"}
        """;
    assertEquals(
        List.of(
            "{text=a b c é, tags=X Y X}",
            "{text=two words, tags=X Y}",
            "bad-tags: 3 words, 2 tags",
            "bad-tags: nothing, expected labels",
            "bad-tags: 3, expected labels",
            "bad-tags: 1 words, 0 tags",
            "bad-tags: word 1 is empty",
            "no-text: word 2 is empty",
            "no-text: a list with nothing at 2, expected text",
            "no-text: a list with elements of different kinds, at 2, expected text",
            "nul: word 1",
            "not-utf8: word 1",
            "no-text: a list of numbers, expected text",
            "no-text: an object, expected text",
            "empty: ",
            "empty: ",
            "no-text: ",
            "{text=a b, tags=X Y}"),
        read("a.jsonl", content, "text-field=words", "tags-field=tags"));
  }

  /** A field with the whole name wins, wherever it stands, even where it holds nothing. */
  @Test
  void aPathLeadsToAFieldInsideOfOthers() {
    assertEquals(
        List.of(
            "{text=one, label=3}",
            "{text=whole, label=x}",
            "{text=whole, label=x}",
            "no-text: ",
            "no-text: ",
            "no-text: ",
            "no-text: ",
            "no-text: an object, expected text",
            "no-text: ",
            "{text=b c, label=true}"),
        read(
            "a.jsonl",
            """
            {"id": {"body": "no"}, "page": {"meta": {"x": [{"y": 1}], "kind": 3, "z": {}}, "body": "one"}}
            {"page": {"body": "inside", "meta": {"kind": "x"}}, "page.body": "whole"}
            {"page.body": "whole", "page": {"body": "inside", "meta": {"kind": "x"}}}
            {"page": {"body": "inside", "meta": {"kind": "x"}}, "page.body": null}
            {"page": [{"body": "in a list"}]}
            {"page": "body"}
            {"page": {"deep": {"body": "x"}, "meta.kind": 1}, "body": "x"}
            {"page": {"body": {"body": "x"}}}
            {"other": {"page.body": "x"}}
            {"page": {"meta": {"kind": true}, "body": ["b", "c"]}}
            """,
            "text-field=page.body",
            "label-field=page.meta.kind"));
  }

  @Test
  void stepsStandInsideOfOthers() {
    assertEquals(
        List.of("{time=2020-01-01T00:00:00Z, series=1.5, group=a}", "no-group: "),
        read(
            "a.jsonl",
            """
            {"at": {"time": 1577836800}, "sensor": {"name": "a", "value": 1.5}}
            {"at": {"time": 1577836800}, "sensor": {"value": 1.5}, "name": "a"}
            """,
            "text-field=",
            "time-field=at.time",
            "value-fields=sensor.value",
            "group-field=sensor.name"));
  }

  @Test
  void columnsOfATableHaveNoPaths() {
    String[] set = {"text-field=page.body"};
    assertEquals(List.of("{text=x}"), read("a.csv", "page,page.body\n1,x\n", set));
    assertTrue(
        read("b.csv", "page,body\n1,x\n", set)
            .get(0)
            .startsWith("refused-file: it has no column page.body"));
  }

  @Test
  void wordsStayAsTheyAre() {
    corpus.write("a.jsonl", "{\"text\": [\"b c\", \"d\"]}\n".getBytes(UTF_8));
    Document document = (Document) CorpusFixture.read(corpus.settings("a.jsonl"), 1 << 20).get(0);
    assertEquals(new Field.Words(List.of("b c", "d")), document.field(Document.TEXT));
    assertEquals(4, document.bytes());
  }

  @Test
  void tagsOfATableStandBetweenBlanks() {
    assertEquals(
        List.of("{text=the sea, tags=DET NOUN}", "bad-tags: 1 words, 2 tags"),
        read("a.csv", "text,t\n the  sea,DET NOUN\nsea,DET NOUN\n", "tags-field=t"));
  }

  @Test
  void aTargetIsASecondText() {
    String content =
        """
        {"de": "das Meer", "en": "the sea"}
        {"de": "das Meer"}
        {"de": "das Meer", "en": " "}
        {"de": "das Meer", "en": 5}
        {"en": "the sea"}
        """;
    assertEquals(
        List.of(
            "{text=das Meer, target=the sea}",
            "no-target: ",
            "no-target: ",
            "no-target: 5, expected text",
            "no-text: "),
        read("a.jsonl", content, "text-field=de", "target-field=en"));
    assertEquals(
        List.of("{text=das Meer, target=the sea}", "no-target: "),
        read("a.tsv", "de\ten\ndas Meer\tthe sea\nx\t\n", "text-field=de", "target-field=en"));
  }

  @Test
  void numbersOfSeveralFieldsAreOneVector() {
    assertEquals(
        List.of(
            "{vector=1.0 0.25 -3000.0, label=1.5}",
            "bad-vector: \"x\" at 1, expected a number",
            "bad-vector: NaN at 1",
            "bad-vector: no numbers",
            "no-label: \"cheap\" at 1, expected a number",
            "no-label: 2 numbers, expected one",
            "no-label: Infinity at 1"),
        read(
            "a.csv",
            "a,b,c,price\n"
                + "1,0.25,-3e3,1.5\n"
                + "1,x,2,1\n"
                + "nan,1,1,1\n"
                + "1,,2,1\n"
                + "1,2,3,cheap\n"
                + "1,2,3,4 5\n"
                + "1,2,3,1e39\n",
            "text-field=",
            "vector-fields=[a, b, c]",
            "label-field=price",
            "label-type=number"));
    assertEquals(
        List.of(
            "{text=t, vector=1.0 2.0 3.5}",
            "bad-vector: \"true\" at 1, expected a number",
            "bad-vector: a list of lists, expected one of numbers",
            "bad-vector: a list of texts, expected numbers",
            "bad-vector: nothing, expected numbers"),
        read(
            "a.jsonl",
            """
            {"text": "t", "v": [1, 2], "w": 3.5}
            {"text": "t", "v": [1, 2], "w": true}
            {"text": "t", "v": [[1, 2]], "w": 1}
            {"text": "t", "v": ["1", "2"], "w": 1}
            {"text": "t", "v": [1, 2]}
            """,
            "vector-fields=[v, w]"));
  }

  @Test
  void aSeriesHasStepsOfEqualChannelsAndNoGaps() {
    String content =
        """
        {"x": [1, 2.5, -1e-3], "y": "up"}
        {"x": [[1, 2], [3, 4]], "y": "up"}
        {"x": [], "y": "up"}
        {"x": [[]], "y": "up"}
        {"x": [1, null, 2], "y": "up"}
        {"x": [1, NaN], "y": "up"}
        {"x": [[1, 2], [3, Infinity]], "y": "up"}
        {"x": [1, 1e99], "y": "up"}
        {"x": [[1, 2], [3]], "y": "up"}
        {"x": [[1, 2], null], "y": "up"}
        {"x": [1, [2]], "y": "up"}
        {"x": [[[1]]], "y": "up"}
        {"x": ["1", "2"], "y": "up"}
        {"x": 3, "y": "up"}
        {"y": "up"}
        {"x": [1, 2]}
        {"x": "1 2 3", "y": "up"}
        """;
    assertEquals(
        List.of(
            "{series=1.0 2.5 -0.001, label=up}",
            "{series=1.0 2.0 3.0 4.0, label=up}",
            "bad-series: an empty list, expected numbers",
            "bad-series: a list with no number in step 1, expected numbers",
            "bad-series: a list with nothing at 2, expected numbers",
            "bad-series: NaN at 2",
            "bad-series: Infinity at 2",
            "bad-series: Infinity at 2",
            "bad-series: a list with 1 numbers in step 2, 2 before, expected numbers",
            "bad-series: a list with nothing at 2, expected numbers",
            "bad-series: a list with elements of different kinds, at 2, expected numbers",
            "bad-series: a list with a list in step 1, expected numbers",
            "bad-series: a list of texts, expected numbers",
            "bad-series: one number, expected a list",
            "bad-series: nothing, expected numbers",
            "no-label: ",
            "{series=1.0 2.0 3.0, label=up}"),
        read("a.jsonl", content, "text-field=", "series-field=x", "label-field=y"));
    Document document =
        (Document)
            CorpusFixture.read(
                    corpus.settings("a.jsonl", "text-field=", "series-field=x", "label-field=y"),
                    1 << 20)
                .get(1);
    assertEquals(new Field.Numbers(new float[] {1, 2, 3, 4}, 2), document.field(Document.SERIES));
    assertEquals(16, document.bytes());
  }

  /** Where no numbers are read, JSON is what its standard says. */
  @Test
  void otherFieldsMayHoldNoNan() {
    String content = "{\"text\": \"a\", \"x\": NaN}\n";
    assertTrue(read("a.jsonl", content).get(0).startsWith("bad-json: "));
    assertEquals(
        List.of("{text=a, vector=1.0}"),
        read("b.jsonl", "{\"text\": \"a\", \"x\": NaN, \"v\": 1}\n", "vector-fields=v"));
  }

  /** The limit is 1,000 bytes of all fields together. */
  @Test
  void longDocumentsAreSetAsideWhateverIsLong() {
    String long600 = "x".repeat(600);
    assertEquals(
        List.of("too-long: its fields have 1,200 bytes together", "too-long: "),
        read(
            "a.jsonl",
            "{\"text\": \"%s\", \"b\": \"%s\"}\n{\"text\": \"%s\", \"b\": \"x\"}\n"
                .formatted(long600, long600, long600 + long600),
            "target-field=b"));
    assertEquals(
        List.of("too-long: ", "{series=1.0}"),
        read(
            "b.jsonl",
            "{\"s\": [" + "1,".repeat(250) + "1]}\n{\"s\": [1]}\n",
            "text-field=",
            "series-field=s"));
    assertEquals(
        List.of("too-long: "),
        read("c.jsonl", "{\"text\": [\"" + long600 + "\", \"" + long600 + "\"]}\n"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "corpus.text-field=",
        "corpus.text-field=;corpus.series-field=a;corpus.tags-field=b",
        "corpus.tags-field=a;corpus.label-field=a",
        "corpus.vector-fields=[a, a]",
        "corpus.vector-fields=[a, text]",
        "corpus.vector-fields=[a, '']",
        "corpus.target-field=text",
        "corpus.tags-field=a;data.split=tail",
        "corpus.target-field=a;data.split=tail",
        "corpus.text-field=;corpus.series-field=a;data.split=tail",
        "corpus.label-type=number",
      })
  void settingsThatMakeNoSenseAreRefused(String settings) {
    assertThrows(
        SettingsException.class,
        () -> SettingsFile.read("my.yaml", "", List.of(settings.split(";"))));
  }

  @Test
  void whatTailCannotCutIsNamed() {
    List<String> set = List.of("corpus.target-field=b", "corpus.label-field=c", "data.split=tail");
    assertEquals(
        "data.split must be document where corpus.label-field, corpus.target-field is set, since"
            + " tail cuts rows (got: tail)",
        assertThrows(SettingsException.class, () -> SettingsFile.read("my.yaml", "", set))
            .getMessage());
  }
}
