package io.chorale.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
    assertEquals(List.of(""), read("", "corpus.paths=").corpus().paths());
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
    assertEquals(settings, read(SettingsFile.write(settings)));
  }

  @Test
  void choicesOfSeveralWordsHaveHyphens() {
    Settings settings = read("", "train.device=gpu-or-cpu");
    assertEquals(TrainSettings.Device.GPU_OR_CPU, settings.train().device());
    assertEquals("gpu-or-cpu", SettingsFile.value(settings, "train.device"));
    assertEquals(settings, read(SettingsFile.write(settings)));
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
        "train.batchs=3 | Unknown setting train.batchs in --set train.batchs. The nearest known"
            + " one is train.batch.",
        "training.batch=3 | Unknown setting training in --set training.batch. The nearest known"
            + " one is train.",
        "train.batch=many | train.batch in my.yaml has the wrong type or value",
        "train.batch=1.5 | train.batch in my.yaml has the wrong type or value",
        "train.batch= | train.batch in my.yaml has the wrong type or value",
        "train.batch=99999999999 | train.batch in my.yaml has the wrong type or value",
        "model.kind=cnn | model.kind in my.yaml has the wrong type or value",
        "attention.bias=3 | attention.bias in my.yaml has the wrong type or value",
        "attention.heads=3 | model.width must be a multiple of attention.heads 3 (got: 128)",
        "corpus.paths=[[a, b]] | corpus.paths in my.yaml has the wrong type or value",
        "corpus.paths=[a | Cannot read settings --set corpus.paths: while parsing",
        "model.width=1000000 | model.width must be from 1 to 262144 (got: 1000000)",
        "model.layers=2000 | model.layers must be from 1 to 1000 (got: 2000)",
        "train.batch=[3] | train.batch in my.yaml has the wrong type or value",
        "model.kind=[lstm] | model.kind in my.yaml has the wrong type or value",
        "train.average-every=0 | train.average-every must be a number of local steps or epoch (got:"
            + " 0)",
        "train.learning-rate=-1 | train.learning-rate must be above 0 (got: -1.0)",
        "tokenizer.pattern=( | tokenizer.pattern must be gpt2 or a regular expression (got: (",
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
        "train: [1] | train must be keys with values (got: [1])",
        "just text | my.yaml must be keys with values (got: \"just text\")",
        "train: {batch: !!javax.script.ScriptEngineManager 1} | Cannot read settings my.yaml: there is"
            + " a YAML tag (!...) at line 1",
        "data: {path: !!java.net.URL 'http://localhost'} | Cannot read settings my.yaml: there is a",
        "data: !!java.io.FileOutputStream [a] | Cannot read settings my.yaml: there is a YAML tag",
        "!!java.util.HashMap {} | Cannot read settings my.yaml: there is a YAML tag",
        "model: {kind: !x lstm} | Cannot read settings my.yaml: there is a YAML tag",
        "{model: {kind: lstm}, train: {precision: bfloat16}} | train.precision must be float32 for"
            + " a recurrent model (got: bfloat16)",
        "train: {batch: 65536, context: 65536} | train.batch x train.context must be below 2^31"
            + " (got: 4294967296)",
        "train: {batch | Cannot read settings my.yaml: ",
        "corpus: {paths: {a: b}} | corpus.paths in my.yaml has the wrong type or value",
        "train: {batch: 3, batch: 4} | Cannot read settings my.yaml: Duplicate field 'batch'",
        "{train: {}, model: {}, train: {}} | Cannot read settings my.yaml: Duplicate field 'train'",
      })
  void badFilesAreNamed(String yaml, String message) {
    SettingsException refused = assertThrows(SettingsException.class, () -> read(yaml));
    assertTrue(refused.getMessage().startsWith(message), refused.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "data.path=s3a://AKEY:hush@bucket/data",
        "run.path=ftp://me:hush@host:21/runs",
        "corpus.paths=[/a, 's3a://AKEY:hush@bucket/text']",
        "tokenizer.file=https://host/t.json?sv=1&sig=hush",
        "data.path=s3a://AKIAIOSFODNN7EXAMPLE@bucket/hush",
        "fs.s3a.secret.key=hush",
        "train.password=hush",
        "password=hush"
      })
  void secretsAreRefusedAndNotShown(String override) {
    SettingsException refused = assertThrows(SettingsException.class, () -> read("", override));
    for (Throwable e = refused; e != null; e = e.getCause()) {
      assertFalse(String.valueOf(e.getMessage()).contains("hush"), e.getMessage());
    }
  }

  @Test
  void pathsOfObjectStoresHoldNoSecrets() {
    for (String path :
        List.of(
            "abfss://container@account.dfs.core.windows.net/x", "s3a://bucket/a@b:c", "/a:b@c")) {
      assertEquals(path, read("", "data.path=" + path).data().path());
    }
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
}
