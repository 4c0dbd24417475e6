package io.chorale.jobs.tokenize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.data.Dataset;
import io.chorale.io.Faults;
import io.chorale.jobs.command.CommandRun;
import io.chorale.jobs.spark.SharedSession;
import io.chorale.jobs.train.FaultyStorage;
import io.chorale.jobs.train.TinyTraining;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokenizations whose process dies or whose storage refuses. */
class TokenizeCrashTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();
  @RegisterExtension static final FaultyStorage STORAGE = new FaultyStorage();

  @TempDir java.nio.file.Path directory;
  private TinyTraining tiny;

  private List<String> tokenizing(String data) throws IOException {
    java.nio.file.Path corpus = directory.resolve("corpus.txt");
    if (!Files.exists(corpus)) {
      Files.write(corpus, IntStream.range(0, 300).mapToObj(i -> "line " + i + " of it").toList());
    }
    return List.of(
        "corpus.paths=[" + corpus + "]",
        "tokenizer.kind=characters",
        "data.shards=3",
        "data.path=" + tiny.root() + "/" + data);
  }

  private Dataset dataset(String name) {
    return Dataset.open(tiny.storage(), new Path(tiny.root(), name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void oneThatWasKilledIsFollowedByAWholeOne(String scheme) throws IOException {
    tiny = STORAGE.training(SPARK, scheme, directory);
    var counted = Faults.killAfter(Integer.MAX_VALUE);
    assertEquals(0, CommandRun.with(tokenizing("whole"), "tokenize").exitCode());
    int changes = counted.get();
    Faults.end();
    assertTrue(changes > 10, changes + " changes");
    tiny.storage().publish(new Path(tiny.root(), "other/mine.txt"), new byte[1]);
    for (int kill = changes - 1; kill > 0; kill -= 1 + changes / 12) {
      String name = "killed-" + kill;
      Faults.killAfter(kill);
      assertEquals(
          1, CommandRun.with(tokenizing(name), "tokenize").exitCode(), "killed at " + kill);
      Faults.end();
      boolean there = tiny.storage().exists(new Path(tiny.root(), name + "/dataset.json"));
      String[] command =
          there ? new String[] {"tokenize", "--overwrite"} : new String[] {"tokenize"};
      CommandRun next = CommandRun.with(tokenizing(name), command);
      assertEquals(0, next.exitCode(), next.err());
      assertEquals(dataset("whole").fingerprint(), dataset(name).fingerprint());
      assertEquals(
          List.of(
              "account.json",
              "dataset.html",
              "dataset.json",
              "documents",
              "ledger.json",
              "tokenizer.json",
              "train",
              "validation"),
          tiny.names(new Path(tiny.root(), name)));
    }
    List<String> left = tiny.names(new Path(tiny.root()));
    assertTrue(left.stream().noneMatch(name -> name.startsWith(".")), left.toString());
    assertTrue(left.contains("other"), left.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  @Timeout(300)
  void oneThatFailedLeavesNothingInTheWayOfTheNext(String scheme) throws IOException {
    tiny = STORAGE.training(SPARK, scheme, directory);
    Faults.follow(
        (operation, path) -> {
          if (operation.equals("close") && path.toString().contains("/train/")) {
            throw new IOException("No space left on device");
          }
        });
    CommandRun failed = CommandRun.with(tokenizing("data"), "tokenize");
    Faults.end();
    assertEquals(1, failed.exitCode(), failed.err());
    assertTrue(failed.err().contains("No space left on device. Free space there"), failed.err());
    assertTrue(failed.err().contains("What is finished stays in"), failed.err());
    assertFalse(tiny.storage().exists(new Path(tiny.root(), "data/dataset.json")));
    CommandRun next = CommandRun.with(tokenizing("data"), "tokenize");
    assertEquals(0, next.exitCode(), next.err());
    assertEquals(
        List.of(
            "account.json",
            "dataset.html",
            "dataset.json",
            "documents",
            "ledger.json",
            "tokenizer.json",
            "train",
            "validation"),
        tiny.names(new Path(tiny.root(), "data")));
    List<String> left = tiny.names(new Path(tiny.root()));
    assertTrue(left.stream().noneMatch(name -> name.startsWith(".")), left.toString());
  }
}
