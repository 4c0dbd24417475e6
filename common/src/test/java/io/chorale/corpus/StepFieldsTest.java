package io.chorale.corpus;

import static io.chorale.corpus.FieldsTest.inWords;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.SettingsException;
import io.chorale.corpus.Field.Moment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Records that are steps of series. */
class StepFieldsTest {
  @TempDir Path directory;

  private static final String[] SET = {
    "text-field=", "time-field=t", "value-fields=[a, b]", "group-field=g"
  };

  private List<String> read(String name, String content, String... set) {
    CorpusFixture corpus = new CorpusFixture(directory);
    corpus.write(name, content.getBytes(UTF_8));
    return inWords(CorpusFixture.read(corpus.settings(name, set), 1 << 20));
  }

  @ParameterizedTest
  @CsvSource({
    "2016-07-01, 2016-07-01T00:00:00Z, LOCAL",
    "2016-07-01 13:05:09, 2016-07-01T13:05:09Z, LOCAL",
    "2016-07-01T13:05, 2016-07-01T13:05:00Z, LOCAL",
    "2016/7/1 3:05, 2016-07-01T03:05:00Z, LOCAL",
    "2016-07, 2016-07-01T00:00:00Z, LOCAL",
    "20160701, 2016-07-01T00:00:00Z, LOCAL",
    "2016-07-01T13:05:09.25Z, 2016-07-01T13:05:09.250Z, ZONED",
    "2016-07-01 13:05:09+02:00, 2016-07-01T11:05:09Z, ZONED",
    "2016-07-01T13:05:09-0330, 2016-07-01T16:35:09Z, ZONED",
    "2016-07-01 13:05:09 UTC, 2016-07-01T13:05:09Z, ZONED",
    "1467378309, 2016-07-01T13:05:09Z, COUNTED",
    "1467378309.5, 2016-07-01T13:05:09.500Z, COUNTED",
    "1.467378309E9, 2016-07-01T13:05:09Z, COUNTED",
    "1467378309250, 2016-07-01T13:05:09.250Z, COUNTED",
    "1467378309250999, 2016-07-01T13:05:09.250Z, COUNTED",
    "1467378309250999999, 2016-07-01T13:05:09.250Z, COUNTED",
    "-1, 1969-12-31T23:59:59Z, COUNTED",
    "7, 1970-01-01T00:00:07Z, COUNTED",
  })
  void timesAreTold(String text, String expected, Moment.Form form) {
    assertEquals(
        Optional.of(new Moment(Instant.parse(expected).toEpochMilli(), form)), Moment.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "soon",
        "2016-13-01",
        "2016-02-30",
        "20161301",
        "2016-07-01 25:00",
        "2016-07-01 13",
        "01.07.2016",
        "2016-07-01 13:05 +99:00",
        "1e30",
        "0x10",
        "NaN",
        "12:30"
      })
  void whatIsNoTimeIsNone(String text) {
    assertEquals(Optional.empty(), Moment.parse(text));
  }

  @Test
  void aRecordOfATableIsAStep() {
    String content =
        """
        t,a,x,b,g
        2020-01-01 00:00:00,1,-,2.5,one
        2020-01-01 01:00:00,,-,2,one
        2020-01-01 02:00:00,1,-,NaN,one
        2020-01-01 03:00:00,1,-,2,
        later,1,-,2,one
        ,1,-,2,one
        2020-01-01 04:00:00,1,-,few,one
        2020-01-01 05:00:00,1,-
        """;
    List<String> expected =
        List.of(
            "{time=2020-01-01T00:00:00, series=1.0 2.5, group=one}",
            "bad-series: no numbers",
            "bad-series: NaN at 1",
            "no-group: ",
            "bad-time: \"later\", expected a time",
            "bad-time: \"\", expected a time",
            "bad-series: \"few\" at 1, expected a number",
            "bad-csv: 3 fields, expected 5");
    assertEquals(expected, read("a.csv", content, SET));
    String nameless = content.substring(content.indexOf('\n') + 1);
    assertEquals(
        expected,
        read(
            "b.csv",
            nameless,
            "csv-header=false",
            "text-field=",
            "time-field=1",
            "value-fields=[2, 4]",
            "group-field=5"));
  }

  @Test
  void anObjectIsAStep() {
    String content =
        """
        {"t": 1577836800, "a": 1, "b": [2, 3], "g": 7}
        {"t": "2020-01-01T00:00:00Z", "a": 1, "b": 2, "g": "one"}
        {"t": "2020-01-01T00:00:00Z", "a": null, "b": 2, "g": "one"}
        {"t": "2020-01-01T00:00:00Z", "a": 1, "b": NaN, "g": "one"}
        {"t": null, "a": 1, "b": 2, "g": "one"}
        {"t": [1], "a": 1, "b": 2, "g": "one"}
        {"a": 1, "b": 2, "g": "one"}
        {"t": 1577836800, "a": 1, "b": 2}
        """;
    assertEquals(
        List.of(
            "{time=2020-01-01T00:00:00Z, series=1.0 2.0 3.0, group=7}",
            "{time=2020-01-01T00:00:00Z, series=1.0 2.0, group=one}",
            "bad-series: nothing, expected numbers",
            "bad-series: NaN at 1",
            "bad-time: nothing, expected a time",
            "bad-time: a list of numbers, expected a time",
            "bad-time: nothing, expected a time",
            "no-group: "),
        read("a.jsonl", content, SET));
  }

  @Test
  void parquetHasTimesOfItsOwn() throws Exception {
    MessageType schema =
        MessageTypeParser.parseMessageType(
            "message m { optional int64 ms (TIMESTAMP(MILLIS,true)); required int64 us"
                + " (TIMESTAMP(MICROS,false)); required int96 old; required int32 day (DATE);"
                + " required double a; }");
    ByteBuffer old = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    old.putLong(3_600_000_000_000L).putInt(2_440_588 + 365).flip();
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(
                HadoopOutputFile.fromPath(
                    new CorpusFixture(directory).path("a.parquet"), new Configuration()))
            .withType(schema)
            .build()) {
      Group row = new SimpleGroupFactory(schema).newGroup();
      row.append("ms", 1_577_836_800_250L).append("us", 1_577_836_800_250_999L);
      row.append("old", Binary.fromConstantByteBuffer(old)).append("day", 18_262).append("a", 1.5);
      writer.write(row);
    }
    for (List<String> column :
        List.of(
            List.of("ms", "2020-01-01T00:00:00.250Z"),
            List.of("us", "2020-01-01T00:00:00.250"),
            List.of("old", "1971-01-01T01:00:00Z"),
            List.of("day", "2020-01-01T00:00:00"))) {
      CorpusFixture corpus = new CorpusFixture(directory);
      assertEquals(
          List.of("{time=" + column.get(1) + ", series=1.5}"),
          inWords(
              CorpusFixture.read(
                  corpus.settings(
                      "a.parquet", "text-field=", "time-field=" + column.get(0), "value-fields=a"),
                  1 << 20)));
    }
  }

  @Test
  void stepsHaveNoOtherFields() {
    for (String[] wrong :
        List.of(
            new String[] {"time-field=t", "value-fields=a"},
            new String[] {"text-field=", "time-field=t"},
            new String[] {"text-field=", "time-field=t", "value-fields=t"},
            new String[] {"text-field=", "time-field=t", "value-fields=a", "label-field=l"},
            new String[] {"text-field=", "time-field=t", "value-fields=a", "group-field=a"})) {
      SettingsException refused =
          assertThrows(
              SettingsException.class,
              () -> CorpusFixture.settings(List.of("x"), wrong).checkSteps());
      assertTrue(refused.getMessage().startsWith("corpus."), refused.getMessage());
    }
  }
}
