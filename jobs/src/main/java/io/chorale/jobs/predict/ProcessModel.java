package io.chorale.jobs.predict;

import io.chorale.model.Weights;
import java.util.function.Supplier;

/**
 * The model that the tasks of a process share: the first task of a job makes it, and it stays until
 * another one is asked for, so that a task that begins after others have ended finds it there.
 */
final class ProcessModel implements AutoCloseable {
  private static ProcessModel latest;

  private final String name;
  private final Weights weights;
  private int users;

  private ProcessModel(String name, Weights weights) {
    this.name = name;
    this.weights = weights;
  }

  /**
   * The model of that name, to be closed by whoever asked for it.
   *
   * @param make makes it where it is not there yet
   */
  static synchronized ProcessModel of(String name, Supplier<Weights> make) {
    if (latest == null || !latest.name.equals(name)) {
      ProcessModel before = latest;
      latest = null;
      if (before != null) {
        before.freeUnlessUsed();
      }
      latest = new ProcessModel(name, make.get());
    }
    latest.users++;
    return latest;
  }

  Weights weights() {
    return weights;
  }

  @Override
  public void close() {
    synchronized (ProcessModel.class) {
      users--;
      freeUnlessUsed();
    }
  }

  private void freeUnlessUsed() {
    if (users == 0 && this != latest) {
      weights.close();
    }
  }
}
