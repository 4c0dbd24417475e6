package io.chorale.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Settings of what Spark reads: tables, queries, formats by name and their options. */
class TableSettingsTest {
  private static CorpusSettings read(String... overrides) {
    return SettingsFile.read("my.yaml", "", List.of(overrides)).corpus();
  }

  @Test
  void aFormatIsOursOrSparks() {
    assertEquals(Optional.of(CorpusSettings.Format.AUTO), read().ownFormat());
    assertFalse(read("corpus.format=jsonl").readBySpark());
    CorpusSettings orc = read("corpus.format=orc", "corpus.options={mergeSchema: 'true', a: b}");
    assertTrue(orc.readBySpark());
    assertEquals(Map.of("mergeSchema", "true", "a", "b"), orc.options());
    assertTrue(read("corpus.table=lake.web").readBySpark());
    assertTrue(read("corpus.query=SELECT 1").readBySpark());
    assertEquals("12", read("corpus.format=delta", "corpus.version=12").version());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "corpus.query=SELECT 1 | corpus.query must be empty where corpus.table is set",
        "corpus.paths=a | corpus.paths must be empty where corpus.table or corpus.query is set",
        "corpus.validation-paths=a | corpus.validation-paths and corpus.test-paths must be empty",
        "corpus.format=orc | corpus.format must be auto where corpus.table or corpus.query is set",
        "data.split=tail | data.split must be document for what Spark reads"
      })
  void aTableIsAllOfTheCorpus(String set, String message) {
    String shown =
        assertThrows(SettingsException.class, () -> read("corpus.table=t", set)).getMessage();
    assertTrue(shown.startsWith(message), shown);
  }

  @Test
  void filesOfOurFormatsHaveNeitherOptionsNorVersion() {
    for (String set : List.of("corpus.options={a: b}", "corpus.version=1")) {
      assertThrows(SettingsException.class, () -> read(set));
      assertThrows(SettingsException.class, () -> read(set, "corpus.query=SELECT 1"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ignoreCorruptFiles: 'true'",
        "IGNOREMISSINGFILES: 'true'",
        "ignoreMissingFiles: 'false'",
        "mode: dropMalformed",
        "badRecordsPath: x"
      })
  void optionsThatLoseRowsAreRefused(String option) {
    String shown =
        assertThrows(
                SettingsException.class,
                () -> read("corpus.format=csv2", "corpus.options={%s}".formatted(option)))
            .getMessage();
    assertTrue(shown.contains("with which rows are lost unseen"), shown);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "versionAsOf",
        "timestampAsOf",
        "snapshot-id",
        "branch",
        "start-snapshot-id",
        "endingVersion",
        "readChangeFeed",
        "path"
      })
  void whatHasASettingIsNoOption(String option) {
    String shown =
        assertThrows(
                SettingsException.class,
                () -> read("corpus.table=t", "corpus.options={%s: '1'}".formatted(option)))
            .getMessage();
    assertTrue(shown.contains("without %s: see corpus.".formatted(option)), shown);
  }

  @Test
  void aPasswordIsNoOption() {
    assertThrows(
        SettingsException.class,
        () -> read("corpus.format=jdbc", "corpus.options={url: 'jdbc:h2:mem', password: x}"));
    assertEquals(
        "FAILFAST",
        read("corpus.format=xml", "corpus.options={mode: FAILFAST}").options().get("mode"));
  }
}
