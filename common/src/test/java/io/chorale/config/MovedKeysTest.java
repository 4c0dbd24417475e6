package io.chorale.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Settings of past versions: what they said, they say. */
class MovedKeysTest {
  private static Settings read(String yaml, String... overrides) {
    return SettingsFile.read("my.yaml", yaml, List.of(overrides));
  }

  /**
   * The settings file of a run as the version wrote it that had all keys of models in one section.
   */
  private static String written(String name) throws IOException {
    try (InputStream in = MovedKeysTest.class.getResourceAsStream("run-1-" + name + ".yaml")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Settings reopen(String name) throws IOException {
    return SettingsFile.reopen(name, written(name));
  }

  @Test
  void theSettingsOfAnEarlierTransformerOpen() throws IOException {
    assertEquals(
        read(
            "",
            "corpus.paths=[data/a, data/b.txt]",
            "data.path=data/tokens",
            "run.path=runs/old",
            "model.width=96",
            "attention.heads=3",
            "attention.feed-forward=200",
            "attention.positions=rotary",
            "attention.norm=rms",
            "attention.activation=swiglu",
            "attention.bias=true",
            "train.average-every=epoch",
            "average.outer=nesterov"),
        reopen("transformer"));
  }

  @Test
  void theSettingsOfAnEarlierLstmOpen() throws IOException {
    Settings settings = reopen("lstm");
    assertEquals(64, settings.recurrence().embedding());
    assertEquals(2.0, settings.recurrence().forgetBias());
    assertEquals(ModelSettings.Kind.LSTM, settings.model().kind());
    assertEquals(0.5, settings.train().minLearningRate());
    assertEquals("a: \"b\"\n", settings.generate().stop());
  }

  @Test
  void theSettingsOfAnEarlierRnnOpen() throws IOException {
    assertEquals(
        read(
            "",
            "model.kind=rnn",
            "recurrence.nonlinearity=relu",
            "recurrence.init=identity",
            "model.layers=2"),
        reopen("rnn"));
  }

  static Stream<String> formerNames() {
    return MovedKeys.MOVED.keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("formerNames")
  void everyFormerNameIsRead(String before) {
    String now = MovedKeys.now(before);
    assertTrue(SettingsFile.keys().contains(now), now);
    List<String> sets = new ArrayList<>();
    Reference.readWhere(now).conditions().stream()
        .filter(condition -> !condition.none()) // which the defaults meet
        .forEach(condition -> sets.add(condition.key() + "=" + condition.values().get(0)));
    Settings plain = SettingsFile.read("my.yaml", "", sets);
    String value = SettingsFile.value(plain, now);
    String[] path = before.split("\\.");
    String file = path[0] + ": {" + path[1] + ": " + value + "}";
    assertEquals(plain, SettingsFile.read("my.yaml", file, sets));
    sets.add(before + "=" + value);
    assertEquals(plain, SettingsFile.read("my.yaml", "", sets));
  }

  @Test
  void aFormerNameIsOverridden() {
    assertEquals(8, read("model: {heads: 2}", "attention.heads=8").attention().heads());
    assertEquals(8, read("attention: {heads: 2}", "model.heads=8").attention().heads());
  }

  /** What nothing reads may be there: such a file stated every key. */
  @Test
  void aCopyOfTheSettingsOfAnEarlierRunIsTakenButForWhatIsNotRead() throws IOException {
    assertEquals(reopen("transformer"), read(written("transformer")));
    assertEquals(reopen("rnn"), read(written("rnn")));
    SettingsException refused = assertThrows(SettingsException.class, () -> read(written("lstm")));
    assertTrue(refused.getMessage().startsWith("train.min-learning-rate is read where"));
  }

  @Test
  void overridesByBothNamesAreRefused() {
    SettingsException refused =
        assertThrows(SettingsException.class, () -> read("", "model.heads=2", "attention.heads=2"));
    assertTrue(refused.getMessage().contains("attention.heads is there twice"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{model: {heads: 2}, attention: {heads: 2}} | attention.heads is there twice",
        "{model: {recurrent-init: normal}, recurrence: {init: normal}} | recurrence.init is there twice",
      })
  void aKeyByBothNamesIsRefused(String yaml, String message) {
    SettingsException refused = assertThrows(SettingsException.class, () -> read(yaml));
    assertTrue(refused.getMessage().contains(message), refused.getMessage());
  }
}
