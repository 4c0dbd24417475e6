package io.chorale.jobs.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A cluster of two workers with a core each, shared by the drills of all classes, and a training on
 * it that nothing disturbed. Writes the table {@code target/drills.md} of what the drills came to.
 */
final class DrillGround implements BeforeAllCallback {
  private static final Path TABLE = Path.of("target", "drills.md");

  private State state;

  @Override
  public void beforeAll(ExtensionContext context) {
    state =
        context
            .getRoot()
            .getStore(ExtensionContext.Namespace.GLOBAL)
            .computeIfAbsent(DrillGround.class, key -> State.make(), State.class);
  }

  Cluster cluster() {
    return state.cluster;
  }

  /** A training of the same settings, in a new directory. */
  ClusterTraining training(String name) throws IOException {
    return new ClusterTraining(state.cluster.master(), state.directory.resolve(name));
  }

  /**
   * Asserts that a training ended in the same bytes as the undisturbed one, and that nothing is
   * left of what happened to it: no process, and after the next run no temporary file.
   *
   * @param what happened, and when, for the table
   * @param runs of the command, of which the last one must have ended the training
   */
  void assertUnharmed(String what, String when, ClusterTraining training, Script.Result... runs)
      throws IOException, InterruptedException {
    Script.Result last = runs[runs.length - 1];
    assertEquals(0, last.exitCode(), last.text());
    state.cluster.assertNoExecutorsRemain();
    Map<String, String> hashes = training.hashes();
    double seconds = Arrays.stream(runs).mapToDouble(Script.Result::seconds).sum();
    state.add(what, when, seconds, hashes.equals(state.hashes));
    assertEquals(state.hashes, hashes);
    if (!training.temporaryFiles().isEmpty()) {
      assertEquals(0, training.run().exitCode());
      state.cluster.assertNoExecutorsRemain();
    }
    assertEquals(List.of(), training.temporaryFiles());
  }

  /** Waits for something that another process is about to do. */
  static void await(String what, Condition condition) throws IOException, InterruptedException {
    long end = System.nanoTime() + Duration.ofMinutes(3).toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("waited in vain until " + what);
      }
      Thread.sleep(50);
    }
  }

  /** What is waited for. */
  @FunctionalInterface
  interface Condition {
    boolean holds() throws IOException, InterruptedException;
  }

  private static final class State implements AutoCloseable {
    private final Path directory;
    private final Cluster cluster;
    private final Map<String, String> hashes;
    private final double seconds;
    private final List<String> rows = new ArrayList<>();

    private State(Path directory) throws IOException, InterruptedException {
      this.directory = directory;
      cluster = new Cluster(directory.resolve("cluster"), Map.of(), "--workers=2");
      ClusterTraining training =
          new ClusterTraining(cluster.master(), directory.resolve("undisturbed"));
      Script.Result run = training.run();
      assertEquals(0, run.exitCode(), run.text());
      hashes = training.hashes();
      seconds = run.seconds();
    }

    static State make() {
      try {
        return new State(Files.createTempDirectory("chorale-drills"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    void add(String what, String when, double disturbed, boolean equal) throws IOException {
      rows.add(
          String.format(
              Locale.ROOT,
              "| %s | %s | %.1f | %.1f | %+.1f | %s |",
              what,
              when,
              seconds,
              disturbed,
              disturbed - seconds,
              equal ? "yes" : "**no**"));
      List<String> lines =
          new ArrayList<>(
              List.of(
                  "| what happened | when | undisturbed, s | disturbed, s | recovery, s | same bytes |",
                  "|---|---|---|---|---|---|"));
      lines.addAll(rows);
      Files.write(TABLE, lines);
    }

    @Override
    public void close() throws Exception {
      cluster.close();
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
