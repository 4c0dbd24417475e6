package io.chorale.jobs.tokenize;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.data.Dataset;
import io.chorale.io.Faults;
import io.chorale.jobs.command.CommandRun;
import io.chorale.jobs.spark.SharedSession;
import io.chorale.jobs.train.FaultyStorage;
import io.chorale.jobs.train.TinyTraining;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Additions whose process dies, or that another one overtakes. */
class AddCrashTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();
  @RegisterExtension static final FaultyStorage STORAGE = new FaultyStorage();

  @TempDir java.nio.file.Path directory;
  private TinyTraining tiny;

  private void corpus(String name, int from, int to) throws IOException {
    java.nio.file.Path corpus = Files.createDirectories(directory.resolve("corpus"));
    Files.write(
        corpus.resolve(name),
        IntStream.range(from, to).mapToObj(i -> "line " + i + " of it").toList());
  }

  private List<String> settings(String data, String... files) {
    List<String> paths = new ArrayList<>();
    for (String file : files) {
      paths.add(directory.resolve("corpus").resolve(file).toString());
    }
    return List.of(
        "corpus.paths=" + paths,
        "tokenizer.kind=characters",
        "data.shards=2",
        "data.path=" + tiny.root() + "/" + data);
  }

  private static void done(CommandRun run) {
    assertEquals(0, run.exitCode(), run.err());
  }

  private TreeMap<String, byte[]> files(String data) {
    TreeMap<String, byte[]> files = new TreeMap<>();
    Path root = tiny.storage().qualify(new Path(tiny.root(), data));
    walk(root, root, files);
    return files;
  }

  private void walk(Path root, Path directory, TreeMap<String, byte[]> files) {
    for (FileStatus found : tiny.storage().list(directory)) {
      if (found.isDirectory()) {
        walk(root, found.getPath(), files);
      } else {
        files.put(
            root.toUri().relativize(found.getPath().toUri()).getPath(),
            tiny.storage().readFully(found.getPath(), 1 << 20));
      }
    }
  }

  private static void assertSameBytes(
      TreeMap<String, byte[]> expected, TreeMap<String, byte[]> found, String message) {
    assertEquals(expected.keySet(), found.keySet(), message);
    expected.forEach((name, bytes) -> assertArrayEquals(bytes, found.get(name), name));
  }

  private void assertNothingHidden() throws IOException {
    List<String> left = tiny.names(new Path(tiny.root()));
    assertTrue(left.stream().noneMatch(name -> name.startsWith(".")), left.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void oneThatWasKilledIsFollowedByAWholeOne(String scheme) throws IOException {
    tiny = STORAGE.training(SPARK, scheme, directory);
    corpus("a.txt", 0, 200);
    done(CommandRun.with(settings("base", "a.txt"), "tokenize"));
    TreeMap<String, byte[]> base = files("base");
    corpus("b.txt", 200, 300);
    // Longer than it was: its documents are looked for in the dataset.
    corpus("a.txt", 0, 220);
    var counted = Faults.killAfter(Integer.MAX_VALUE);
    done(CommandRun.with(settings("base", "a.txt", "b.txt"), "tokenize", "--add"));
    int changes = counted.get();
    Faults.end();
    TreeMap<String, byte[]> whole = files("base");
    assertTrue(changes > 10, changes + " changes");
    int begun = 0;
    int committed = 0;
    int step = 1;
    // What matters most comes last: the record, the manifest, the page.
    for (int kill = changes - 1; kill > 0; kill -= step, step += kill > changes - 14 ? 0 : 4) {
      String name = "killed-" + kill;
      base.forEach(
          (file, bytes) -> tiny.storage().publish(new Path(tiny.root(), name + "/" + file), bytes));
      List<String> settings = settings(name, "a.txt", "b.txt");
      Faults.killAfter(kill);
      CommandRun.with(settings, "tokenize", "--add");
      Faults.end();
      // Readers find one state or the other, whole.
      Dataset between = Dataset.open(tiny.storage(), new Path(tiny.root(), name));
      between.checkShards();
      begun += between.manifest().additions().isEmpty() ? 1 : 0;
      committed += between.manifest().additions().size();
      done(CommandRun.with(settings, "tokenize", "--add"));
      assertSameBytes(whole, files(name), "killed at " + kill);
      assertNothingHidden();
    }
    assertTrue(begun > 3 && committed > 2, begun + " begun, " + committed + " committed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void ofTwoAtOnceOneWinsAndTheOtherLeavesNothing(String scheme) throws IOException {
    tiny = STORAGE.training(SPARK, scheme, directory);
    corpus("a.txt", 0, 200);
    done(CommandRun.with(settings("data", "a.txt"), "tokenize"));
    corpus("b.txt", 200, 300);
    corpus("c.txt", 300, 350);
    AtomicBoolean overtaken = new AtomicBoolean();
    AtomicReference<TreeMap<String, byte[]>> won = new AtomicReference<>();
    Faults.follow(
        (operation, path) -> {
          if (path.getParent().getName().startsWith("0001-")
              && path.getName().contains("account.json")
              && overtaken.compareAndSet(false, true)) {
            done(CommandRun.with(settings("data", "a.txt", "c.txt"), "tokenize", "--add"));
            won.set(files("data"));
          }
        });
    CommandRun lost = CommandRun.with(settings("data", "a.txt", "b.txt"), "tokenize", "--add");
    Faults.end();
    assertEquals(1, lost.exitCode(), lost.err());
    assertTrue(lost.err().contains("another run has added to it meanwhile"), lost.err());
    won.get().keySet().removeIf(name -> name.contains("/0001-") && !name.contains(winner("data")));
    assertSameBytes(won.get(), files("data"), "what the winner wrote");
    assertNothingHidden();

    done(CommandRun.with(settings("data", "a.txt", "b.txt", "c.txt"), "tokenize", "--add"));
    Dataset dataset = Dataset.open(tiny.storage(), new Path(tiny.root(), "data"));
    assertEquals(2, dataset.manifest().additions().size());
    assertEquals(350, dataset.manifest().rowsBySource().get("corpus"));
  }

  private String winner(String data) {
    return Dataset.open(tiny.storage(), new Path(tiny.root(), data)).manifest().additions().get(0);
  }
}
