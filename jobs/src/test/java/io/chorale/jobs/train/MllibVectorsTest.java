package io.chorale.jobs.train;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.checkpoint.CheckpointChoice;
import io.chorale.checkpoint.TensorBoardEvents;
import io.chorale.config.ChoraleException;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.embed.TrainedVectors;
import io.chorale.io.Faults;
import io.chorale.io.Storage;
import io.chorale.jobs.command.CommandRun;
import io.chorale.jobs.spark.SharedSession;
import io.chorale.vectors.WordVectors;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Word vectors by MLlib: a run like any other, whole or not there. */
class MllibVectorsTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession("local[2,2]");
  @RegisterExtension static final FaultyStorage STORAGE = new FaultyStorage();

  private static final int PASSES = 10;

  @TempDir java.nio.file.Path directory;
  private TinyTraining tiny;

  @BeforeEach
  void dataset() {
    tiny =
        new TinyTraining(
            SPARK.session().context(), new Storage(new Configuration()), directory.toString());
    write();
  }

  private void write() {
    WordDataset.write(
        tiny.storage(), new Path(tiny.root(), "data"), WordDataset.tokenizer(), 12, 60, 60);
  }

  private List<String> overrides(String run, String... more) {
    List<String> overrides =
        new ArrayList<>(
            List.of(
                "data.path=" + tiny.root() + "/data",
                "run.path=" + tiny.root() + "/" + run,
                "task.kind=word-vectors",
                "vectors.trainer=mllib",
                "vectors.size=12",
                "vectors.min-count=2",
                "train.context=100",
                "train.epochs=" + PASSES,
                "train.learning-rate=0.05"));
    overrides.addAll(List.of(more));
    return overrides;
  }

  private Settings settings(String run, String... more) {
    return SettingsFile.read("", "", overrides(run, more));
  }

  private WordVectors vectors(Settings settings) {
    return TrainedVectors.open(
            tiny.storage(), new Path(settings.run().path()), new CheckpointChoice("last"))
        .vectors();
  }

  private static double cosine(float[] a, float[] b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int k = 0; k < a.length; k++) {
      ab += a[k] * b[k];
      aa += a[k] * a[k];
      bb += b[k] * b[k];
    }
    return ab / Math.sqrt(aa * bb);
  }

  /** Words of a kind stand in the same texts, and come to lie together. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void wordsThatBelongTogetherLieTogether(int workers) throws IOException {
    Settings settings = settings("run", "train.workers=" + workers, "run.tensorboard=true");
    String said = tiny.train(settings);
    assertTrue(said.contains("MLlib's skip-gram of 30 words, 480 parameters"), said);
    assertTrue(said.contains("10 passes in"), said);
    WordVectors vectors = vectors(settings);
    assertEquals(WordDataset.WORDS, vectors.words().size());
    assertEquals(2 * 60 * 12, Arrays.stream(vectors.counts()).sum());
    double same = 0;
    double other = 0;
    for (String a : vectors.words()) {
      for (String b : vectors.words()) {
        double cosine = cosine(vectors.vector(a).orElseThrow(), vectors.vector(b).orElseThrow());
        if (a.charAt(0) != b.charAt(0)) {
          other += cosine / (WordDataset.WORDS * WordDataset.WORDS / 2);
        } else if (!a.equals(b)) {
          same += cosine / (WordDataset.WORDS * (WordDataset.WORDS / 2 - 1));
        }
      }
    }
    assertTrue(same > other + 0.3, same + " " + other);

    List<String> lines = tiny.run(settings).metrics();
    assertEquals(PASSES, lines.size());
    JsonNode last = JsonMapper.builder().build().readTree(lines.get(PASSES - 1));
    assertEquals(PASSES, last.get("round").asInt());
    assertEquals(workers, last.get("workers").asInt());
    // As a stream has them: without the first of each shard.
    assertEquals(PASSES * (2 * 60 * 13 - 2), last.get("tokens").asInt());
    assertTrue(last.get("tokens_per_second").asDouble() > 0);
    Path curves = new Path(tiny.run(settings).path(), TensorBoardEvents.DIRECTORY);
    List<String> files = tiny.names(curves);
    assertEquals(PASSES, files.size());
    EventReader.Event drawn =
        EventReader.read(tiny.storage().readFully(new Path(curves, files.get(PASSES - 1)), 1 << 20))
            .get(1);
    assertEquals(PASSES, drawn.step());
    assertEquals(
        (float) last.get("learning_rate").asDouble(), drawn.scalars().get("train/learning_rate"));
    assertEquals(PASSES, tiny.latest(settings).round());
  }

  @Test
  void theSameTextAndSeedGiveTheSameBytes() {
    Settings first = settings("first");
    Settings second = settings("second");
    Settings other = settings("other", "train.seed=2");
    tiny.train(first);
    tiny.train(second);
    tiny.train(other);
    assertEquals(tiny.checksums(first), tiny.checksums(second));
    assertNotEquals(tiny.checksums(first), tiny.checksums(other));
  }

  @Test
  void aTrainingThatWasKilledEndsAsOneThatWasNot() {
    tiny = STORAGE.training(SPARK, "faulty", directory.resolve("faulty"));
    write();
    Settings whole = settings("whole", "train.epochs=2");
    var counted = Faults.killAfter(Integer.MAX_VALUE);
    tiny.train(whole);
    int changes = counted.get();
    Faults.end();
    assertTrue(changes > 10, changes + " changes");
    for (int kill = 2; kill < changes; kill += 6) {
      Settings killed = settings("killed-" + kill, "train.epochs=2");
      Faults.killAfter(kill);
      assertThrows(Exception.class, () -> tiny.train(killed));
      Faults.end();
      tiny.train(killed);
      assertEquals(tiny.checksums(whole), tiny.checksums(killed), "killed at " + kill);
    }
    assertEquals(
        List.of(
            "checkpoints",
            "counts.json",
            "metrics.jsonl",
            "schema.json",
            "settings.yaml",
            "tokenizer.json"),
        tiny.names(tiny.run(whole).path()));
    // One that has ended stays as it is.
    List<String> before = tiny.checksums(whole);
    String said = tiny.train(whole);
    assertTrue(said.contains("ended after round 2"), said);
    assertEquals(before, tiny.checksums(whole));
  }

  /** MLlib itself would go on from rows that the first try of a task has moved. */
  @Test
  void afterATaskThatNeededASecondTryAllIsTrainedAnew() {
    tiny = STORAGE.training(SPARK, "faulty", directory.resolve("faulty"));
    write();
    Settings whole = settings("whole");
    tiny.train(whole);
    AtomicInteger failures = new AtomicInteger();
    Faults.follow(
        (operation, path) -> {
          TaskContext task = TaskContext.get();
          if (path.getName().equals("dataset.json")
              && task != null
              && "Training by MLlib".equals(task.getLocalProperty("spark.jobGroup.id"))
              && failures.getAndIncrement() == 0) {
            throw new IllegalStateException("this machine is broken");
          }
        });
    Settings failed = settings("failed");
    String said = tiny.train(failed);
    assertTrue(failures.get() > 1, "it went on");
    assertTrue(said.contains("a task of MLlib failed and was tried again"), said);
    assertEquals(tiny.checksums(whole), tiny.checksums(failed));
    assertEquals(PASSES, tiny.run(failed).metrics().size());
  }

  /** Its vectors and its page are those of any run of word vectors. */
  @Test
  void whatReadsARunReadsThisOne() throws IOException {
    Settings settings = settings("run");
    tiny.train(settings);
    String run = settings.run().path();
    java.nio.file.Path words = directory.resolve("words.vec");
    CommandRun written =
        CommandRun.of("vectors", "--set", "run.path=" + run, "--output", words.toString());
    assertEquals(0, written.exitCode(), written.err());
    assertTrue(written.out().contains("30 words, 12 numbers each, after round 10"), written.out());
    CommandRun near =
        CommandRun.of("embed", "--set", "embed.from=" + run, "--query", "tier0", "--json");
    assertEquals(0, near.exitCode(), near.err());
    assertTrue(near.out().contains("\"word\":\"tier"), near.out());
    java.nio.file.Path page = directory.resolve("page.html");
    CommandRun report = CommandRun.of("report", "--run", run, "--output", page.toString());
    assertEquals(0, report.exitCode(), report.err());
    String text = Files.readString(page);
    assertTrue(text.contains("skip-gram by MLlib of 12 numbers"), "the trainer is named");
    assertFalse(text.contains("NaN"), "no number that is not there");
    // The run's own file makes it again.
    CommandRun again = CommandRun.of("train", "--config", run + "/settings.yaml");
    assertEquals(0, again.exitCode(), again.err());
    assertTrue(again.err().contains("ended after round 10"), again.err());
  }

  @Test
  void whatMllibCannotDoIsRefusedBeforeAnythingIsWritten() {
    assertRefused(settings("run", "train.epochs=0"), "train.epochs is 0");
    assertRefused(
        settings("run", "train.epochs=0", "data.path=" + tiny.root() + "/none"),
        "train.epochs is 0");
    assertRefused(settings("run", "vectors.min-count=100000"), "no word occurs 100000 times");
    assertRefused(settings("run", "train.workers=3"), "2 shards");
    CommandRun set = CommandRun.with(overrides("run", "vectors.negatives=5"), "train");
    assertEquals(2, set.exitCode());
    assertTrue(
        set.err().contains("vectors.negatives is read where vectors.trainer is chorale"),
        set.err());
    assertFalse(tiny.storage().exists(new Path(settings("run").run().path())));
  }

  /** Two thousand words of a million numbers are more than an array of Java can have. */
  @Test
  void moreNumbersThanAnArrayHoldsAreRefused() throws IOException {
    java.nio.file.Path text = directory.resolve("text.txt");
    Files.writeString(
        text, IntStream.range(0, 2100).mapToObj(word -> "w" + word).collect(joining(" ")));
    String data = "data.path=" + tiny.root() + "/many";
    CommandRun made =
        CommandRun.with(
            List.of(
                "corpus.paths=" + text,
                "tokenizer.kind=words",
                "tokenizer.vocabulary=2102",
                "data.validation=0",
                data),
            "tokenize");
    assertEquals(0, made.exitCode(), made.err());
    assertRefused(
        settings("run", data, "vectors.size=1048320", "vectors.min-count=1"),
        "2,100 words of 1,048,320 numbers are 2,201,472,000, expected fewer than 2,147,483,647");
  }

  private void assertRefused(Settings settings, String why) {
    ChoraleException refused = assertThrows(ChoraleException.class, () -> tiny.train(settings));
    assertTrue(refused.getMessage().contains(why), refused.getMessage());
    assertFalse(tiny.storage().exists(new Path(settings.run().path())));
  }

  /** Other settings of the result than those of the run are not taken for it. */
  @Test
  void aRunThatWasTrainedByOtherSettingsIsNotTaken() {
    tiny.train(settings("run"));
    for (String other : List.of("train.epochs=9", "vectors.size=16", "train.seed=7")) {
      ChoraleException refused =
          assertThrows(ChoraleException.class, () -> tiny.train(settings("run", other)));
      assertTrue(refused.getMessage().contains("Cannot go on with run"), refused.getMessage());
    }
  }

  @Test
  void planTellsWhatItNeeds() {
    CommandRun plan = CommandRun.with(overrides("run", "train.workers=2"), "plan");
    assertEquals(0, plan.exitCode(), plan.err());
    assertTrue(plan.out().contains("one pass over the worker's shards"), plan.out());
    CommandRun none = CommandRun.with(overrides("run", "train.epochs=0"), "plan");
    assertEquals(2, none.exitCode());
    assertTrue(none.err().contains("train.epochs is 0"), none.err());
  }
}
