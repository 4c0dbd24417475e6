package io.chorale.tensor;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Keeps threads out of libtorch while the process ends.
 *
 * <p>An ending JVM destroys the static objects of its native libraries and does not wait for its
 * threads: one that still computes would crash there, and the process would end with the code of
 * that crash. Once {@linkplain #close closed}, no thread gets past the begin of a step.
 */
final class StepGate {
  private static final ReentrantReadWriteLock LOCK = new ReentrantReadWriteLock();
  private static volatile boolean closed;

  private StepGate() {}

  /**
   * Begins a step on the calling thread, perhaps inside of another one.
   *
   * @throws CancellationException where the process ends and the thread has been interrupted; not
   *     interrupted it waits for that end
   */
  static void enter() {
    if (closed) {
      while (LOCK.getReadHoldCount() > 0) {
        LOCK.readLock().unlock();
      }
      while (!Thread.currentThread().isInterrupted()) {
        LockSupport.park();
      }
      throw new CancellationException("interrupted while the process ends");
    }
    LOCK.readLock().lock();
  }

  /** Ends the step that the calling thread began last. */
  static void leave() {
    if (LOCK.getReadHoldCount() > 0) {
      LOCK.readLock().unlock();
    }
  }

  /** Whether no step runs and none will. */
  static boolean isClosed() {
    return LOCK.isWriteLocked();
  }

  /** Lets no step begin any more, and waits until those that have begun are at an end. */
  static void close(Duration patience) {
    closed = true;
    try {
      LOCK.writeLock().tryLock(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
