package io.chorale.jobs.retrain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.io.Faults;
import io.chorale.jobs.command.CommandRun;
import io.chorale.jobs.spark.SharedSession;
import io.chorale.jobs.train.FaultyStorage;
import io.chorale.jobs.train.TinyTraining;
import io.chorale.registry.RegisteredModel;
import io.chorale.registry.Registry;
import io.chorale.registry.State;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Cycles whose process dies: the same command goes on, to the same model. */
class RetrainCrashTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();
  @RegisterExtension static final FaultyStorage STORAGE = new FaultyStorage();

  private static final int KILLS = 4;

  @TempDir java.nio.file.Path directory;
  private TinyTraining tiny;

  private void corpus(String name, int from, int to) throws IOException {
    java.nio.file.Path corpus = Files.createDirectories(directory.resolve("corpus"));
    Files.write(
        corpus.resolve(name),
        IntStream.range(from, to)
            .mapToObj(i -> "line %d of the corpus has %d in it".formatted(i % 10, i % 7))
            .toList());
  }

  private CommandRun retrain(String name, String... more) {
    String root = tiny.root() + "/" + name;
    List<String> settings =
        List.of(
            "corpus.paths=['" + directory.resolve("corpus") + "']",
            "tokenizer.kind=characters",
            "data.path=" + root + "/data",
            "data.shards=2",
            "data.validation=0.2",
            "model.kind=rnn",
            "model.layers=1",
            "model.width=8",
            "train.context=8",
            "train.batch=2",
            "train.steps=4",
            "train.average-every=2",
            "train.learning-rate=0.02",
            "train.warmup=1",
            "evaluate.every=0",
            "run.path=" + root + "/cycles",
            "registry.path=" + root + "/registry",
            "registry.name=lines",
            // The process that dies is this one, which lives on: others wait for its lease.
            "retrain.lease-seconds=2");
    String[] command = new String[more.length + 1];
    command[0] = "retrain";
    System.arraycopy(more, 0, command, 1, more.length);
    return CommandRun.with(settings, command);
  }

  /** Runs it again until whoever died holds the lease no more. */
  private void untilDone(String name) {
    CommandRun run = retrain(name);
    for (int i = 0; i < 1000 && run.err().contains("holds its lease"); i++) {
      run = retrain(name);
    }
    assertEquals(0, run.exitCode(), run.err());
  }

  /** What there is of the model, but for times: its cycles, and the parameters in production. */
  private String state(String name) {
    Registry registry =
        new Registry(tiny.storage(), new Path(tiny.root() + "/" + name + "/registry"));
    RegisteredModel model = registry.model("lines");
    State state = model.newest().state();
    StringBuilder told = new StringBuilder();
    for (Cycles.Cycle cycle : Cycles.of(model, state).all()) {
      RegisteredModel.Opened opened = model.open(Long.toString(cycle.version()));
      told.append(
          "cycle %d: %d to %d of %s, %d rows, %s, %s%n"
              .formatted(
                  cycle.number(),
                  cycle.since(),
                  cycle.additions(),
                  cycle.dataset(),
                  cycle.rows(),
                  cycle.outcome(),
                  parameters(opened.path())));
    }
    return told.toString();
  }

  /** The name of the file with the parameters has their checksum. */
  private String parameters(Path version) {
    TreeSet<String> names = new TreeSet<>();
    for (FileStatus round : tiny.storage().list(new Path(version, "checkpoints"))) {
      names.addAll(tiny.names(round.getPath()));
    }
    return names.toString();
  }

  private void copyOf(String from, Path to) {
    copy(tiny.storage().qualify(new Path(tiny.root(), from)), to);
  }

  private void copy(Path from, Path to) {
    for (FileStatus found : tiny.storage().list(from)) {
      Path target = new Path(to, found.getPath().getName());
      if (found.isDirectory()) {
        copy(found.getPath(), target);
      } else {
        tiny.storage().publish(target, tiny.storage().readFully(found.getPath(), 1 << 22));
      }
    }
  }

  @Test
  void oneThatWasKilledIsFollowedByTheSameModel() throws IOException {
    tiny = STORAGE.training(SPARK, "faulty", directory);
    corpus("a.txt", 0, 100);
    untilDone("whole");
    copyOf("whole", new Path(tiny.root(), "base"));
    corpus("b.txt", 100, 160);
    var counted = Faults.killAfter(Integer.MAX_VALUE);
    untilDone("whole");
    int changes = counted.get();
    Faults.end();
    String whole = state("whole");
    assertTrue(whole.contains("cycle 2: 0 to 1"), whole);
    assertTrue(changes > 40, changes + " changes");
    for (int kill = 0; kill < KILLS; kill++) {
      // Evenly, and one of the last: there the version comes into force.
      int at = kill == KILLS - 1 ? changes - 6 : 1 + kill * changes / KILLS;
      String name = "killed-" + at;
      copyOf("base", new Path(tiny.root(), name));
      Faults.killAfter(at);
      retrain(name);
      Faults.end();
      // Readers find the one state or the other.
      String between = state(name);
      assertTrue(whole.startsWith(between) && !between.isEmpty(), between);
      untilDone(name);
      assertEquals(whole, state(name), "killed at change " + at);
      CommandRun verified = retrain(name, "--verify");
      assertEquals(0, verified.exitCode(), verified.out() + verified.err());
      CommandRun after = retrain(name, "--json");
      assertTrue(after.out().contains("nothing-new"), after.out());
    }
  }
}
