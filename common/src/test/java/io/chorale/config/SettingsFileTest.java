package io.chorale.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsFileTest {
  private static Settings read(String yaml, String... overrides) {
    return SettingsFile.read("my.yaml", yaml, List.of(overrides));
  }

  @Test
  void emptyFileGivesTheReference() {
    Settings settings = read("");
    assertEquals(64, settings.train().context());
    assertEquals(ModelSettings.Kind.TRANSFORMER, settings.model().kind());
    assertEquals(settings, read("# nothing but a comment\n"));
  }

  @Test
  void fileWinsOverReferenceAndOverrideOverFile() {
    Settings settings =
        read("train:\n  batch: 3\n  average-every: epoch\n", "train.batch=5", "model.kind=lstm");
    assertEquals(5, settings.train().batch());
    assertTrue(settings.train().averagesByEpoch());
    assertTrue(settings.model().recurrent());
  }

  @Test
  void textSettingsTakeAnyText() {
    Settings settings =
        read(
            "corpus:\n  paths: [a b, '*.txt']\n",
            "generate.stop=X: 1",
            "run.path=",
            "tokenizer.file=12");
    assertEquals(List.of("a b", "*.txt"), settings.corpus().paths());
    assertEquals("X: 1", settings.generate().stop());
    assertEquals("", settings.run().path());
    assertEquals("12", settings.tokenizer().file());
  }

  @Test
  void aListOfOneNeedsNoBrackets() {
    assertEquals(List.of(), read("", "corpus.paths=").corpus().paths());
    assertEquals(List.of("a"), read("corpus:\n  paths: a\n").corpus().paths());
    assertEquals(
        List.of("s3a://bucket/*.txt"),
        read("", "corpus.paths=s3a://bucket/*.txt").corpus().paths());
    for (String glob : List.of("*.txt", "{a,b}.txt", "1.5")) {
      assertEquals(List.of(glob), read("", "corpus.paths=" + glob).corpus().paths());
    }
  }

  @Test
  void writtenSettingsReadBackEqual() {
    Settings settings = read("", "train.learning-rate=3e-4", "generate.stop=a: \"b\"\n\n");
    assertEquals(settings, SettingsFile.reopen("run", SettingsFile.write(settings)));
  }

  @Test
  void choicesOfSeveralWordsHaveHyphens() {
    Settings settings = read("", "train.device=gpu-or-cpu");
    assertEquals(TrainSettings.Device.GPU_OR_CPU, settings.train().device());
    assertEquals("gpu-or-cpu", SettingsFile.value(settings, "train.device"));
    assertEquals(settings, SettingsFile.reopen("run", SettingsFile.write(settings)));
  }

  @Test
  void everyKeyHasAValue() {
    Settings settings = read("");
    for (String key : SettingsFile.keys()) {
      SettingsFile.value(settings, key);
    }
    assertEquals("0.001", SettingsFile.value(settings, "train.learning-rate"));
    assertEquals("transformer", SettingsFile.value(settings, "model.kind"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "train.batch=0 | train.batch must be at least 1 (got: 0)",
        "train.batchs=3 | Unknown setting train.batchs in --set. The nearest known one is"
            + " train.batch.",
        "training.batch=3 | Unknown setting training.batch in --set. The nearest known one is"
            + " train.batch.",
        "train.heads=3 | Unknown setting train.heads in --set. The nearest known one is"
            + " attention.heads.",
        "train.batch=many | train.batch must be a whole number (got: many)",
        "train.batch=1.5 | train.batch must be a whole number (got: 1.5)",
        "train.steps=1e3 | train.steps must be a whole number (got: 1e3). Write 1000.",
        "train.steps=1.0e+3 | train.steps must be a whole number (got: 1.0e+3). Write 1000.",
        "train.steps=1e999 | train.steps must be a whole number (got: 1e999).",
        "train.batch= | train.batch must be a whole number (got: )",
        "train.batch=99999999999 | train.batch must be a whole number below 2^31",
        "train.seed=99999999999999999999 | train.seed must be a whole number below 2^63",
        "train.learning-rate=fast | train.learning-rate must be a number (got: fast)",
        "model.kind=cnn | model.kind must be transformer, lstm, gru, rnn or linear (got: cnn)",
        "model.kind= | model.kind must be transformer, lstm, gru, rnn or linear (got: )",
        "attention.bias=yes | attention.bias must be true or false (got: yes)",
        "attention.bias=3 | attention.bias must be true or false (got: 3)",
        "attention.heads=3 | model.width must be a multiple of attention.heads 3 (got: 128)",
        "corpus.paths=[[a, b]] | corpus.paths must be a text or a list of texts (got: [[",
        "corpus.paths=[a | Cannot read settings --set corpus.paths: expected ',' or ']'",
        "model.width=1000000 | model.width must be from 1 to 262144 (got: 1000000)",
        "model.layers=2000 | model.layers must be from 1 to 1000 (got: 2000)",
        "train.batch=[3] | train.batch must be a whole number (got: [3])",
        "forecast.quantiles=0.1,0.5 | forecast.quantiles must be a list of ascending numbers"
            + " between 0 and 1, such as [0.1, 0.5, 0.9] (got: [0.1,0.5])",
        "task.class-weights=1,2 | task.class-weights must be balanced or a list of numbers above 0,"
            + " such as [1, 2.5] (got: [1,2])",
        "model.kind=[lstm] | model.kind must be transformer, lstm, gru, rnn or linear (got: [lstm])",
        "train.average-every=0 | train.average-every must be a number of local steps or epoch (got:"
            + " 0)",
        "train.learning-rate=-1 | train.learning-rate must be above 0 (got: -1.0)",
        "tokenizer.pattern=( | tokenizer.pattern must be gpt2, llama3, qwen2 or a regular expression (got: (",
        "nonsense | --set must be section.key=value (got: nonsense)",
      })
  void badValuesAreNamed(String override, String message) {
    SettingsException refused = assertThrows(SettingsException.class, () -> read("", override));
    assertTrue(refused.getMessage().startsWith(message), refused.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "train: [1] | train must be keys with values (got: [\"1\"])",
        "just text | my.yaml must be keys with values (got: just text)",
        "train: {batch: !!javax.script.ScriptEngineManager 1} | Cannot read settings my.yaml: there is"
            + " a YAML tag (!...) at line 1",
        "data: {path: !!java.net.URL 'http://localhost'} | Cannot read settings my.yaml: there is a",
        "data: !!java.io.FileOutputStream [a] | Cannot read settings my.yaml: there is a YAML tag",
        "!!java.util.HashMap {} | Cannot read settings my.yaml: there is a YAML tag",
        "model: {kind: !x lstm} | Cannot read settings my.yaml: there is a YAML tag",
        "{model: {kind: lstm}, train: {precision: bfloat16}} | train.precision must be float32 for"
            + " a recurrent model where train.products is not onednn (got: bfloat16)",
        "{model: {kind: gru}, train: {precision: bfloat16, products: onednn, device: gpu}} |"
            + " train.products must be auto or aten where train.device is not cpu (got: onednn)",
        "train: {batch: 65536, context: 65536} | train.batch x train.context must be below 2^31"
            + " (got: 4294967296)",
        "train: {batch | Cannot read settings my.yaml: ",
        "corpus: {paths: {a: b}} | corpus.paths must be a text or a list of texts",
        "model: {kind: [lstm]} | model.kind must be transformer, lstm, gru, rnn or linear",
        "run: {path: [a]} | run.path must be text (got: [",
        "run: {path: [[[[[[[[a]]]]]]]]} | Cannot read settings my.yaml: there is a value within 8",
        "{? [a] : 1} | Cannot read settings my.yaml: there is a key that is no text at line 1",
        "batch: 5 | Unknown setting batch in my.yaml. The nearest known one is train.batch.",
        "{train: {!!str batch: 5}} | Cannot read settings my.yaml: there is a YAML tag (!...) at"
            + " line 1",
        "{data: {path: *p}, run: {path: *p}} | Cannot read settings my.yaml: there is a YAML alias"
            + " (*...) at line 1",
        "{data: {path: &p a}, run: {path: b}} | Cannot read settings my.yaml: there is a YAML anchor"
            + " (&...) at line 1",
        "{data: &d {path: a}} | Cannot read settings my.yaml: there is a YAML anchor",
        "{data: {&k path: a}} | Cannot read settings my.yaml: there is a YAML anchor",
        "{train: {<<: {batch: 5}}} | Unknown setting train.<< in my.yaml.",
        "train: {batch: 3, batch: 4} | Cannot read settings my.yaml: there is batch twice at line 1",
        "{train: {}, model: {}, train: {}} | Cannot read settings my.yaml: there is train twice at line 1",
      })
  void badFilesAreNamed(String yaml, String message) {
    SettingsException refused = assertThrows(SettingsException.class, () -> read(yaml));
    assertTrue(refused.getMessage().startsWith(message), refused.getMessage());
  }

  @Test
  void aSecondDocumentIsRefused() {
    SettingsException refused =
        assertThrows(SettingsException.class, () -> read("run: {path: a}\n---\nrun: {path: b}\n"));
    assertEquals(
        "Cannot read settings my.yaml: there is a second document (---) at line 2, expected plain"
            + " values. Remove it.",
        refused.getMessage());
  }

  @Test
  void numbersMayHaveAnExponentAndTextsMayBeNumbersOrNothing() {
    assertEquals(1000, read("train: {learning-rate: 1e3}").train().learningRate());
    assertEquals(3e-4, read("", "train.learning-rate=3e-4").train().learningRate());
    assertEquals(1, read("", "train.learning-rate=1").train().learningRate());
    for (String text : List.of("12", "010", "1_000", "0x10", "1.50", "on", "2024-01-01", "True")) {
      assertEquals(text, read("run: {path: " + text + "}").run().path());
      assertEquals(text, read("", "run.path=" + text).run().path());
    }
    assertEquals("", read("run: {path: }").run().path());
    assertEquals("50", read("train: {average-every: 50}").train().averageEvery());
  }

  @Test
  void messagesQuoteNoMoreThanIsReadable() {
    String text = "x".repeat(100_000);
    for (String yaml :
        List.of(
            "train: {batch: %s}",
            "model: {kind: %s}",
            "tokenizer: {pattern: (%s}",
            "%s",
            "train: {%s: 3}",
            "run: %s",
            "run: {path: [%s]}",
            "run: {keep: '%s\n'}")) {
      SettingsException refused =
          assertThrows(SettingsException.class, () -> read(yaml.formatted(text)));
      assertTrue(refused.getMessage().length() < 400, refused.getMessage());
      assertFalse(refused.getMessage().contains("\n"), refused.getMessage());
    }
  }

  @Test
  void changedCopiesKeepTheRest() {
    Settings settings = read("", "train.batch=5", "model.kind=lstm");
    Settings changed = SettingsFile.with(settings, "train.steps=7", "run.path=there");
    assertEquals(
        read("", "train.batch=5", "model.kind=lstm", "train.steps=7", "run.path=there"), changed);
    Settings other = read("", "train.batch=9", "model.kind=gru", "run.path=elsewhere");
    Settings mixed = SettingsFile.with(settings, other, Set.of("model", "run"));
    assertEquals(read("", "train.batch=5", "model.kind=gru", "run.path=elsewhere"), mixed);
  }

  @TestFactory
  Stream<DynamicTest> everyFileInConfIsBound() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("..", "conf"))) {
      List<Path> yaml = files.filter(file -> file.toString().endsWith(".yaml")).toList();
      assertTrue(yaml.contains(Path.of("..", "conf", "quickstart.yaml")), yaml.toString());
      return yaml.stream()
          .map(
              file ->
                  DynamicTest.dynamicTest(
                      file.getFileName().toString(),
                      () -> SettingsFile.read(file.toString(), Files.readString(file), List.of())));
    }
  }

  @Test
  void labelsNeedWholeRows() {
    SettingsException thrown =
        assertThrows(
            SettingsException.class,
            () ->
                SettingsFile.read(
                    "my.yaml", "", List.of("corpus.label-field=y", "data.split=tail")));
    assertTrue(thrown.getMessage().contains("data.split must be document"), thrown.getMessage());
    assertTrue(thrown.getMessage().contains("corpus.label-field"), thrown.getMessage());
  }

  @Test
  void aHeadOfClassesSharesNoEmbedding() {
    List<String> narrow = List.of("model.kind=lstm", "model.width=100", "recurrence.embedding=64");
    assertThrows(SettingsException.class, () -> SettingsFile.read("my.yaml", "", narrow));
    Settings classes = SettingsFile.read("my.yaml", "task: {kind: classification}", narrow);
    assertEquals(64, classes.recurrence().embedding());
  }
}
