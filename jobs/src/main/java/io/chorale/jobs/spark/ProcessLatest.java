package io.chorale.jobs.spark;

import java.util.function.Supplier;

/**
 * A value that the tasks of a process share: the first task that asks makes it, and it stays until
 * another one is asked for, so that a task that begins after others have ended finds it there.
 *
 * @param <T> what is closed after the last use of one that is the latest no more
 */
public final class ProcessLatest<T extends AutoCloseable> {
  private Named latest; // null where there is none

  private final class Named {
    private final String name;
    private final T value;
    private int users;

    Named(String name, T value) {
      this.name = name;
      this.value = value;
    }

    private void freeUnlessUsed() {
      if (users == 0 && this != latest) {
        try {
          value.close();
        } catch (Exception e) {
          throw new IllegalStateException("cannot free " + name, e);
        }
      }
    }
  }

  /** A task's use of the value. */
  public final class Use implements AutoCloseable {
    private final Named named;

    private Use(Named named) {
      this.named = named;
    }

    /** The value, until this is closed. */
    public T value() {
      return named.value;
    }

    @Override
    public void close() {
      synchronized (ProcessLatest.this) {
        named.users--;
        named.freeUnlessUsed();
      }
    }
  }

  /**
   * The value of that name, to be closed by whoever asked for it.
   *
   * @param make makes it where it is not there yet
   */
  public synchronized Use use(String name, Supplier<T> make) {
    if (latest == null || !latest.name.equals(name)) {
      forget();
      latest = new Named(name, make.get());
    }
    latest.users++;
    return new Use(latest);
  }

  /** Lets the value go after its last use. */
  public synchronized void forget() {
    Named before = latest;
    latest = null;
    if (before != null) {
      before.freeUnlessUsed();
    }
  }
}
