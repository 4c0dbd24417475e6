package io.chorale.train;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Memory that the operating system counts for the process, when one thread after the other computes
 * on rows of unequal length, as the tasks of an executor do.
 */
class ResidentMemoryTest {
  private static final int THREADS = 12;
  private static final int ROWS = 32;
  private static final int CONTEXT = 96;

  private final Settings settings =
      SettingsFile.read(
          "test",
          """
          model: {layers: 2, width: 64}
          attention: {heads: 2}
          task: {kind: classification}
          train: {context: 96, batch: 32, warmup: 1}
          """,
          List.of());
  private final Schema schema =
      new Schema(
          List.of(Column.ids(Column.TEXT, 11), Column.label(Column.LABEL, 2)),
          Map.of(Column.LABEL, Facts.labels(List.of("a", "b"))));
  private final Task task = Task.of(settings, schema, "a test");
  private final FloatVector anchor = task.layout().initial(1);

  @BeforeEach
  void linuxWithGlibc() {
    assumeTrue(
        Files.exists(Path.of("/proc/self/statm")) && Pointer.trimMemory(),
        "only glibc gives memory back");
    Engine.start();
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

  @Test
  void roundsOnManyThreads() throws Exception {
    staysLevel(
        thread ->
            new LocalLoop(settings, task, Device.CPU)
                .run(
                    anchor,
                    WorkerState.fresh(),
                    0,
                    new StepRange(4L * thread, 4L * thread, 4),
                    new Rows(),
                    StepListener.NONE));
  }

  @Test
  void evaluationsOnManyThreads() throws Exception {
    staysLevel(
        thread -> {
          try (Evaluator evaluator = new Evaluator(task, anchor, Device.CPU)) {
            evaluator.sums(LongStream.range(0, 8).mapToObj(new Rows()::batch).iterator());
          }
        });
  }

  private interface Work {
    void on(int thread) throws Exception;
  }

  /** All threads live until the end, and each has worked once. */
  private static void staysLevel(Work work) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
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
        threads
            .submit(
                () -> {
                  work.on(thread);
                  return null;
                })
            .get();
        if (i == 1) {
          System.gc(); // What Java's heap has taken since a collection is not of these threads.
          first = beyondHeap();
        }
      }
      long grown = (beyondHeap() - first) / 1_000_000;
      assertTrue(grown < 60, "resident memory grew by " + grown + " MB");
    } finally {
      threads.shutdownNow();
    }
  }

  /** Resident bytes without those of Java's heap, which other tests of this process fill. */
  private static long beyondHeap() {
    return Pointer.physicalBytes() - Runtime.getRuntime().totalMemory();
  }
}
