package io.chorale.jobs.retrain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.data.Dataset;
import io.chorale.io.Storage;
import io.chorale.jobs.command.CommandRun;
import io.chorale.registry.RegisteredModel;
import io.chorale.registry.Registry;
import io.chorale.task.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Versions of small models are asked in processes of their own. */
class ReadBackTest {
  @TempDir Path directory;

  private List<String> settings(String kind, String task) {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "corpus.paths=['" + directory.resolve("corpus") + "']",
                "tokenizer.kind=characters",
                "data.path=" + directory.resolve("data"),
                "data.shards=2",
                "data.validation=0.3",
                "task.kind=" + task,
                "model.kind=" + kind,
                "model.layers=1",
                "model.width=16",
                "train.context=12",
                "train.batch=4",
                "train.steps=20",
                "train.average-every=10",
                "train.workers=1",
                "run.path=" + directory.resolve("run"),
                "registry.path=" + directory.resolve("registry"),
                "registry.name=tiny"));
    if (task.equals("classification")) {
      settings.addAll(
          List.of(
              "corpus.format=csv",
              "corpus.text-field=text",
              "corpus.label-field=label",
              "task.direction=both-ways"));
    }
    if (kind.equals("transformer")) {
      settings.add("attention.heads=2");
    }
    return settings;
  }

  private void run(List<String> settings, String... command) {
    CommandRun run = CommandRun.with(settings, command);
    assertEquals(0, run.exitCode(), run.err());
  }

  private void writeCorpus(boolean labelled) throws IOException {
    List<String> lines = new ArrayList<>(labelled ? List.of("text,label") : List.of());
    for (int line = 0; line < 80; line++) {
      String text = line + (line % 2 == 0 ? " rivers run" : " stones lie");
      lines.add(
          labelled ? text + "," + (line % 2 == 0 ? "even" : "odd") : text + " in the old valley");
    }
    Path corpus = Files.createDirectories(directory.resolve("corpus"));
    Files.write(corpus.resolve(labelled ? "a.csv" : "a.txt"), lines);
  }

  @ParameterizedTest
  @CsvSource({"transformer, language-model", "lstm, classification"})
  void aFreshProcessAnswersAsTheTrainedModelOrTheVersionIsRefused(String kind, String task)
      throws IOException {
    writeCorpus(task.equals("classification"));
    List<String> overrides = settings(kind, task);
    run(overrides, "tokenize", "--master=local[1]");
    run(overrides, "train", "--master=local[1]");
    run(overrides, "models", "add");

    Storage storage = new Storage(new Configuration());
    Settings settings = SettingsFile.with(SettingsFile.defaults(), overrides);
    Dataset dataset = Dataset.open(storage, new org.apache.hadoop.fs.Path(settings.data().path()));
    Probe probe =
        Probe.of(
            dataset, DatasetSplit.VALIDATION, Task.of(settings, dataset.schema(), "the dataset"));
    assertEquals(16, probe.given().size());
    assertEquals(
        ProbeRows.json(probe.given()),
        ProbeRows.json(ProbeRows.parse(ProbeRows.json(probe.given()))));
    List<String> answers =
        probe.answers(storage, new org.apache.hadoop.fs.Path(settings.run().path()));
    assertEquals(16, answers.size());
    assertTrue(answers.stream().distinct().count() > 1, answers.toString());

    RegisteredModel.Opened version =
        Registry.of(storage, settings.registry()).model("tiny").open("1");
    new ReadBack(storage, probe, answers).check(version.path(), version.facts());

    List<String> others = new ArrayList<>(answers);
    Collections.swap(others, 0, 1);
    others.set(1, others.get(1).replace('[', '('));
    String refused =
        assertThrows(
                ChoraleException.class,
                () -> new ReadBack(storage, probe, others).check(version.path(), version.facts()))
            .getMessage();
    assertTrue(refused.contains("it answers otherwise than the trained model"), refused);

    Path tokenizer = Path.of(version.path().toUri()).resolve("tokenizer.json");
    Files.writeString(tokenizer, "{}");
    String damaged =
        assertThrows(
                ChoraleException.class,
                () -> new ReadBack(storage, probe, answers).check(version.path(), version.facts()))
            .getMessage();
    assertTrue(
        damaged.startsWith("Cannot open the new model in a process of its own: it said "), damaged);
    assertTrue(damaged.contains("tokenizer.json has the fingerprint"), damaged);
    assertFalse(damaged.contains("\tat "), damaged);
  }
}
