package io.chorale.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Maps as values of settings. */
class ValueTypeTest {
  private static JsonNode checked(String key, Class<?> type, String yaml) {
    return ValueType.checked(key, type, YamlTree.parse("my.yaml", yaml, ""));
  }

  @Test
  void aMapOfTextsKeepsThemAsTheyAreWritten() {
    assertEquals(
        "{\"mergeSchema\":\"true\",\"n\":\"010\",\"none\":\"\"}",
        checked("corpus.options", Map.class, "{mergeSchema: true, n: 010, none: }").toString());
    assertEquals("{}", checked("corpus.options", Map.class, "").toString());
  }

  /** Each value is of the type that its key has in the section itself. */
  @Test
  void aSectionByNameHasTheTypesOfTheKeys() {
    assertEquals(
        "{\"web\":{\"paths\":[\"a\",\"b\"],\"csv-header\":false,\"csv-columns\":2,"
            + "\"max-rejected\":0.5,\"format\":\"csv\",\"text-field\":\"1\"},\"books\":{}}",
        checked(
                "corpus.sources",
                Sections.class,
                "{web: {paths: [a, b], csv-header: false, csv-columns: 2, max-rejected: 0.5,"
                    + " format: csv, text-field: 1}, books: }")
            .toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{a: [1]} | corpus.options.a must be text (got: [\"1\"]).",
        "a=b | corpus.options must be texts by name, {name: text} (got: a=b).",
        "[a] | corpus.options must be texts by name, {name: text} (got: [\"a\"]).",
      })
  void aMapOfTextsHasNothingElse(String yaml, String message) {
    SettingsException refused =
        assertThrows(
            SettingsException.class, () -> checked("corpus.options", Map.class, yaml), yaml);
    assertEquals(message, refused.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "web | corpus.sources must be keys with values by name, {name: {key: value}} (got: web).",
        "{web: a} | corpus.sources.web must be keys with values (got: a).",
        "{web: {pahts: a}} | Unknown setting corpus.sources.web.pahts. The nearest known one is"
            + " paths.",
        "{web: {csv-columns: b}} | corpus.sources.web.csv-columns must be a whole number (got: b).",
        "{web: {label-type: text}} | corpus.sources.web.label-type must be class or number (got:"
            + " text).",
      })
  void aSectionByNameHasOnlyKeysOfTheSection(String yaml, String message) {
    SettingsException refused =
        assertThrows(
            SettingsException.class, () -> checked("corpus.sources", Sections.class, yaml), yaml);
    assertEquals(message, refused.getMessage());
  }
}
