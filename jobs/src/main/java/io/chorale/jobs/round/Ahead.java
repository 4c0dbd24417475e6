package io.chorale.jobs.round;

import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Work that is done ahead of the calling thread, one piece after the other; closing it ends what is
 * not done. Spark's properties are those of the thread that makes it.
 */
final class Ahead<T> implements AutoCloseable {
  private final ExecutorService thread;

  Ahead(String name) {
    thread =
        Executors.newSingleThreadExecutor(
            work -> {
              Thread made = new Thread(work, name);
              made.setDaemon(true);
              return made;
            });
  }

  /** Begins a piece of work when those before are done. */
  Future<T> begin(Callable<T> work) {
    return thread.submit(work);
  }

  /** What a piece of work gave, or its failure. */
  static <T> T get(Future<T> begun) {
    try {
      return begun.get();
    } catch (ExecutionException e) {
      throw Ahead.<RuntimeException>sneaked(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      CancellationException cancelled = new CancellationException("the thread was interrupted");
      cancelled.initCause(e);
      throw cancelled;
    }
  }

  /** As it was thrown: those who explain failures look at what Spark throws. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> RuntimeException sneaked(Throwable e) throws E {
    throw (E) e;
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
