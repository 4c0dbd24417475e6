package io.chorale.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.chorale.JavaProcess;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.data.Batch;
import io.chorale.data.BatchSource;
import io.chorale.data.Column;
import io.chorale.data.Facts;
import io.chorale.data.Ids;
import io.chorale.data.Row;
import io.chorale.data.Schema;
import io.chorale.evaluate.Evaluator;
import io.chorale.io.FloatVector;
import io.chorale.task.Task;
import io.chorale.tensor.Device;
import io.chorale.tensor.Engine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Memory that the operating system counts for a process, when one thread after the other computes
 * on rows of unequal length, as the tasks of an executor do. The process is one of its own, with a
 * Java heap that is resident from its beginning.
 */
class ResidentMemoryTest {
  private static final int THREADS = 12;
  private static final int ROWS = 32;
  private static final int CONTEXT = 96;
  private static final int MOST_MB = 60;

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(Work.class)
  void staysLevelOnManyThreads(Work work) throws Exception {
    assumeTrue(
        Files.exists(Path.of("/proc/self/statm")) && Pointer.trimMemory(),
        "only glibc gives memory back");
    JavaProcess ended =
        JavaProcess.run(
            directory,
            List.of("-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch", "-XX:TieredStopAtLevel=1"),
            Computing.class,
            work.name());
    String said = ended.output();
    assertEquals(0, ended.exitValue(), said);
    long grown = Long.parseLong(said.strip().lines().reduce("", (before, line) -> line));
    assertTrue(grown < MOST_MB, "resident memory grew by " + grown + " MB");
  }

  /** What each thread does. */
  enum Work {
    ROUNDS,
    EVALUATIONS
  }

  /** Computes on threads that all live until the end, and says by how many MB memory grew. */
  static final class Computing {
    private static final Settings SETTINGS =
        SettingsFile.read(
            "test",
            """
            model: {layers: 2, width: 64}
            attention: {heads: 2}
            task: {kind: classification}
            train: {context: 96, batch: 32, warmup: 1}
            """,
            List.of());
    private static final Schema SCHEMA =
        new Schema(
            List.of(Column.ids(Column.TEXT, 11), Column.label(Column.LABEL, 2)),
            Map.of(Column.LABEL, Facts.labels(List.of("a", "b"))));
    private static final Task TASK = Task.of(SETTINGS, SCHEMA, "a test");
    private static final FloatVector ANCHOR = TASK.layout().initial(1);

    private Computing() {}

    public static void main(String[] args) throws Exception {
      Work work = Work.valueOf(args[0]);
      Engine.start();
      ExecutorService threads = Executors.newFixedThreadPool(THREADS);
      CyclicBarrier started = new CyclicBarrier(THREADS);
      List<Future<Integer>> ready = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        ready.add(threads.submit((Callable<Integer>) started::await));
      }
      for (Future<Integer> one : ready) {
        one.get();
      }
      long first = 0;
      for (int i = 0; i < THREADS; i++) {
        int thread = i;
        threads.submit(() -> compute(work, thread)).get();
        if (i == 1) {
          first = Pointer.physicalBytes();
        }
      }
      System.out.println((Pointer.physicalBytes() - first) / 1_000_000);
      System.exit(0);
    }

    private static void compute(Work work, int thread) {
      if (work == Work.EVALUATIONS) {
        try (Evaluator evaluator =
            new Evaluator(TASK, ANCHOR, SettingsFile.defaults().train(), Device.CPU)) {
          evaluator.sums(LongStream.range(0, 8).mapToObj(new Rows()::batch).iterator());
        }
        return;
      }
      Trained.by(
          new LocalLoop(SETTINGS, TASK, Device.CPU).on(new Rows()),
          ANCHOR,
          Trained.FRESH,
          0,
          new StepRange(4L * thread, 4L * thread, 4),
          StepListener.NONE);
    }
  }

  private static final class Rows implements BatchSource {
    @Override
    public long batchesPerEpoch() {
      return 1000;
    }

    @Override
    public Batch batch(long step) {
      Random random = new Random(step);
      List<Row> rows = new ArrayList<>();
      for (int i = 0; i < ROWS; i++) {
        int[] text = random.ints(1 + random.nextInt(CONTEXT), 0, 11).toArray();
        rows.add(new Row(Map.of(Column.TEXT, Ids.of(text), Column.LABEL, Ids.of(text[0] % 2))));
      }
      return Batch.of(rows, List.of(Column.TEXT, Column.LABEL), Column.LABEL, CONTEXT);
    }
  }
}
