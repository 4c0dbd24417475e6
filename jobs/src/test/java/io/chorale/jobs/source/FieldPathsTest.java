package io.chorale.jobs.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.chorale.config.CorpusSettings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FieldPathsTest {
  private static final String TABLE =
      "id BIGINT, page STRUCT<body: STRING, meta: STRUCT<kind: INT, score: DECIMAL(8, 2)>>,"
          + " `page.body` STRING, words ARRAY<STRING>, steps ARRAY<ARRAY<FLOAT>>, at TIMESTAMP, day"
          + " DATE, raw BINARY, flag BOOLEAN, real DOUBLE, all MAP<STRING, STRING>, many"
          + " ARRAY<STRUCT<body: STRING>>";

  private static Column[] find(String table, String... set) {
    CorpusSettings corpus =
        SettingsFile.with(
                SettingsFile.defaults(), Arrays.stream(set).map(s -> "corpus." + s).toList())
            .corpus();
    return new FieldPaths("t", corpus).of(StructType.fromDDL(table));
  }

  @Test
  void columnsHaveTheNamesOfTheSettings() {
    assertEquals(
        "[page.meta AS page.meta]",
        Arrays.toString(find("page STRUCT<meta: BINARY>", "text-field=page.meta")));
    List<String> found =
        Arrays.stream(
                find(
                    TABLE,
                    "text-field=page.body",
                    "label-field=page.meta.kind",
                    "vector-fields=[page.meta.score, id]",
                    "series-field=steps",
                    "target-field=words"))
            .map(Column::toString)
            .toList();
    assertEquals(
        List.of(
            "CAST(`page.body` AS BINARY) AS page.body",
            "page.meta.kind AS page.meta.kind",
            "CAST(words AS ARRAY<BINARY>) AS words",
            "CAST(page.meta.score AS DOUBLE) AS page.meta.score",
            "id AS id",
            "steps AS steps"),
        found);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "text-field=id | its column id is of type bigint, expected strings or lists of them. Set"
            + " corpus.text-field",
        "text-field=page | its column page is of type"
            + " struct<body:string,meta:struct<kind:int,score:decimal(8,2)>>, expected strings or"
            + " lists of them. Set",
        "text-field=Id | it has no column Id, expected one of [id, page.body, page.meta.kind,"
            + " page.meta.score, page.body, words, steps, at, day, raw, flag, real, all, many]. Set"
            + " corpus.text-field",
        "text-field=page.title | it has no column page.title, expected one of",
        "text-field=many.body | it has no column many.body, expected one of",
        "text-field=all.x | it has no column all.x, expected one of",
        "label-field=real | its column real is of type double, expected strings, whole numbers or"
            + " booleans. Set",
        "tags-field=steps | its column steps is of type array<array<float>>, expected strings or"
            + " lists of them. Set",
        "vector-fields=steps | its column steps is of type array<array<float>>, expected numbers or"
            + " lists of them. Set",
        "series-field=real | its column real is of type double, expected lists of numbers, or of"
            + " lists of them. Set",
        "target-field=all | its column all is of type map<string,string>, expected strings or lists"
            + " of them. Set"
      })
  void whatDoesNotFitIsNamed(String set, String message) {
    SettingsException refused =
        assertThrows(SettingsException.class, () -> find(TABLE, "text-field=raw", set));
    String shown = refused.getMessage();
    assertEquals("Cannot read t: " + message, shown.substring(0, 15 + message.length()), shown);
  }

  @Test
  void aLabelMayBeANumberAndATimeATimestamp() {
    assertEquals(2, find(TABLE, "text-field=raw", "label-field=real", "label-type=number").length);
    for (String time : List.of("at", "day", "id", "page.body")) {
      assertEquals(
          3,
          find(TABLE, "text-field=", "time-field=" + time, "value-fields=real", "group-field=flag")
              .length);
    }
  }
}
