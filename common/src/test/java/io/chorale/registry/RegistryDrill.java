package io.chorale.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.checkpoint.CheckpointChoice;
import io.chorale.io.Storage;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Path;

/**
 * What must hold of a registry on any store.
 *
 * @param root an empty directory
 */
public record RegistryDrill(Storage storage, Path root) {
  private static final int PROMOTERS = 20;
  private static final int ROUNDS = 10;

  /** Seconds of a lease that is to run out. */
  private static final int SHORT = 5;

  /** The registry, as a process sees it that has just started. */
  public RegisteredModel model() {
    return new Registry(storage, new Path(root, "registry")).model("tiny");
  }

  /** The same, of a process with that clock. */
  RegisteredModel model(Clock clock) {
    return new Registry(storage, new Path(root, "registry"), clock).model("tiny");
  }

  /** The run that versions are made of. */
  Path run() {
    return new Path(root, "run");
  }

  /** Adds that many versions of one run. */
  public void add(int versions) {
    Path run = MadeRun.write(storage, run(), 2.5, 2.25);
    for (int i = 0; i < versions; i++) {
      model().add(Addition.of(run, CheckpointChoice.LAST));
    }
  }

  /** From run to reader and back. */
  public void wholeWay() {
    add(2);
    assertEquals(List.of(2L), List.of(model().open(State.CANDIDATE).facts().number()));
    model().promote(model().newest(), 1, State.PRODUCTION, "first");
    model().promote(model().newest(), 2, State.PRODUCTION, "better");
    assertEquals(2, model().open(State.PRODUCTION).facts().number());
    assertEquals(1, model().open(State.PREVIOUS).facts().number());
    model().rollBack(model().newest(), State.PRODUCTION, "worse");
    assertEquals(1, model().open(State.PRODUCTION).facts().number());
    model().remove(model().newest(), List.of(2L), "");
    assertTrue(storage.exists(model().directory(1)));
    assertFalse(storage.exists(model().directory(2)));
  }

  /** Of twenty promotions of one base one is made, whoever it is, and the others are told of it. */
  public void promotionsAtOnce() {
    add(2);
    for (int round = 0; round < ROUNDS; round++) {
      Commit base = model().newest();
      long number = 1 + round % 2;
      List<Object> results =
          together(
              PROMOTERS,
              () -> {
                RegisteredModel model = model();
                return () -> model.promote(base, number, State.PRODUCTION, "");
              });
      List<Commit> made = of(Commit.class, results);
      assertEquals(1, made.size(), results.toString());
      assertEquals(PROMOTERS - 1, of(StaleBase.class, results).size(), results.toString());
      Commit newest = model().newest();
      assertEquals(base.number() + 1, newest.number());
      assertEquals(made.get(0).id(), newest.id());
      assertEquals(number, newest.state().aliases().get(State.PRODUCTION));
    }
  }

  /** As {@link #promotionsAtOnce}, by processes of their own. */
  public void promotionsOfProcesses() {
    add(2);
    List<RegistryProcess> processes = new ArrayList<>();
    try {
      for (int i = 0; i < PROMOTERS; i++) {
        processes.add(RegistryProcess.start(this, Duration.ZERO));
      }
      for (int round = 0; round < ROUNDS; round++) {
        Commit base = model().newest();
        long number = 1 + round % 2;
        processes.forEach(process -> process.order("look"));
        processes.forEach(process -> assertEquals("at " + base.number(), process.answer()));
        processes.forEach(process -> process.order("promote " + number));
        List<String> answers = processes.stream().map(RegistryProcess::answer).toList();
        Commit newest = model().newest();
        assertEquals(base.number() + 1, newest.number());
        assertEquals(
            List.of("made " + newest.id()),
            answers.stream().filter(answer -> !answer.startsWith("StaleBase ")).toList());
        assertEquals(number, newest.state().aliases().get(State.PRODUCTION));
      }
    } finally {
      processes.forEach(RegistryProcess::close);
    }
  }

  /**
   * A holder of the lease that is stopped in the middle of its work, longer than the lease holds,
   * commits nothing more when it goes on.
   */
  public void stoppedHolder() {
    add(1);
    try (RegistryProcess holder = RegistryProcess.start(this, Duration.ZERO)) {
      assertTrue(holder.ask("lease " + SHORT).startsWith("held "));
      holder.order("add-endlessly");
      assertEquals("added 2", holder.answer());
      holder.signal("STOP");
      HeldLease next = takeWhenItRunsOut(holder);
      model().under(next).promote(model().newest(), 1, State.PRODUCTION, "meanwhile");
      State taken = model().newest().state();
      holder.signal("CONT");
      String answer = holder.answer();
      while (answer.startsWith("added ")) {
        // It had added that, and not yet told, when it was stopped.
        long added = Long.parseLong(answer.substring("added ".length()));
        assertTrue(taken.find(added).isPresent(), answer);
        answer = holder.answer();
      }
      assertTrue(answer.startsWith("Lost ") || answer.startsWith("StaleBase "), answer);
      answer = holder.ask("add");
      assertTrue(answer.startsWith("Lost "), answer);
      assertEquals(1, model().open(State.PRODUCTION).facts().number());
      model()
          .history()
          .takeWhile(commit -> commit.number() > next.token())
          .forEach(commit -> assertEquals(next.token(), commit.token(), commit.toString()));
      next.close();
    }
  }

  private HeldLease takeWhenItRunsOut(RegistryProcess holder) {
    while (true) {
      try {
        return HeldLease.take(model(), HeldLease.SECONDS);
      } catch (HeldLease.Taken e) {
        assertTrue(e.getMessage().contains(", process " + holder.pid() + " holds"), e.getMessage());
        pause(SHORT * 20);
      }
    }
  }

  static void pause(int milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Of two that take the lease at once one has it, and the other is told who. */
  public void startsAtOnce() {
    for (int round = 0; round < ROUNDS; round++) {
      List<Object> results =
          together(
              2,
              () -> {
                RegisteredModel model = model();
                return () -> HeldLease.takeQuietly(model, HeldLease.SECONDS);
              });
      List<HeldLease> held = of(HeldLease.class, results);
      assertEquals(1, held.size(), results.toString());
      String told = of(HeldLease.Taken.class, results).get(0).getMessage();
      assertTrue(told.contains(", process " + ProcessHandle.current().pid() + " holds"), told);
      held.get(0).close();
    }
  }

  private static <T> List<T> of(Class<T> type, List<Object> results) {
    return results.stream().filter(type::isInstance).map(type::cast).toList();
  }

  /** What each of them gives, or fails with, when all begin at once. */
  static List<Object> together(int count, Callable<Callable<?>> ready) {
    CyclicBarrier barrier = new CyclicBarrier(count);
    ExecutorService threads = Executors.newFixedThreadPool(count);
    try {
      List<Future<Object>> futures =
          IntStream.range(0, count)
              .mapToObj(
                  i ->
                      threads.submit(
                          () -> {
                            Callable<?> work = ready.call();
                            barrier.await();
                            try {
                              return (Object) work.call();
                            } catch (RuntimeException e) {
                              return e;
                            }
                          }))
              .toList();
      List<Object> results = new ArrayList<>();
      for (Future<Object> future : futures) {
        results.add(future.get());
      }
      return results;
    } catch (Exception e) {
      throw new AssertionError(e);
    } finally {
      threads.shutdownNow();
    }
  }
}
