package io.chorale.jobs.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.io.ObjectStoreFileSystem;
import io.chorale.jobs.spark.SharedSession;
import io.chorale.jobs.train.FaultyStorage;
import io.chorale.jobs.train.TinyTraining;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The whole way on an object store. */
class ObjectStoreTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();
  @RegisterExtension static final FaultyStorage STORAGE = new FaultyStorage();

  /** The store tells of new objects a few lists late. */
  @Test
  void fromTextToAModel(@TempDir java.nio.file.Path directory) throws IOException {
    TinyTraining tiny = STORAGE.training(SPARK, "objects", directory);
    ObjectStoreFileSystem.clear(2);
    java.nio.file.Path corpus = directory.resolve("corpus.txt");
    Files.write(corpus, IntStream.range(0, 300).mapToObj(i -> "line " + i + " of it").toList());
    List<String> data =
        List.of(
            "corpus.paths=[" + corpus + "]",
            "tokenizer.kind=characters",
            "data.shards=3",
            "data.path=" + tiny.root() + "/data");
    succeed(data, "tokenize");
    succeed(tiny.overrides("run"), "train");
    List<String> run = List.of("run.path=" + tiny.root() + "/run");
    assertTrue(succeed(run, "evaluate", "--json").out().contains("\"round\":3"));
    succeed(tiny.overrides("other"), "train");
    assertEquals(tiny.checksums(tiny.settings("run")), tiny.checksums(tiny.settings("other")));
    assertTrue(
        ObjectStoreFileSystem.keys().stream().noneMatch(key -> key.contains("/.")),
        ObjectStoreFileSystem.keys().toString());
  }

  private static CommandRun succeed(List<String> overrides, String... command) {
    CommandRun run = CommandRun.with(overrides, command);
    assertEquals(0, run.exitCode(), run.err());
    return run;
  }
}
