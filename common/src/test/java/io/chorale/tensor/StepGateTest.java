package io.chorale.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chorale.JavaProcess;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The end of a process while its threads compute. */
class StepGateTest {
  private static final int STEPS_AT_REST = 3;
  private static final int STEPS_IN_THE_MIDST = 4;
  private static final int THREADS = 4;

  @TempDir Path directory;

  @Test
  void noThreadIsInAStepAtTheEnd() throws Exception {
    JavaProcess ended = JavaProcess.run(directory, List.of(), Steps.class);
    assertEquals(STEPS_AT_REST, ended.exitValue(), ended.output());
  }

  /** Ends while all its threads take steps inside of a longer scope, as a worker's round is. */
  static final class Steps {
    private static final AtomicInteger INSIDE = new AtomicInteger();

    private Steps() {}

    public static void main(String[] args) throws InterruptedException {
      CountDownLatch started = new CountDownLatch(THREADS);
      for (int i = 0; i < THREADS; i++) {
        Thread thread = new Thread(() -> compute(started));
        thread.setDaemon(true);
        thread.start();
      }
      started.await();
      Runtime.getRuntime().addShutdownHook(new Thread(Steps::judge));
      System.exit(0);
    }

    private static void compute(CountDownLatch started) {
      Engine.start();
      try (StepScope round = new StepScope()) {
        Tensor weight = round.keep(torch.ones(256, 256));
        while (true) {
          try (StepScope scope = new StepScope()) {
            INSIDE.incrementAndGet();
            torch.mm(weight, weight);
            INSIDE.decrementAndGet();
          }
          started.countDown();
        }
      }
    }

    private static void judge() {
      while (!StepGate.isClosed()) {
        Thread.onSpinWait();
      }
      Runtime.getRuntime().halt(INSIDE.get() == 0 ? STEPS_AT_REST : STEPS_IN_THE_MIDST);
    }
  }
}
