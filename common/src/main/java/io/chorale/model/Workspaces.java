package io.chorale.model;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;

/**
 * The memory of a backbone, which pass after pass uses again. A pass whose way back is still to
 * come keeps its own, so that two passes of one step do not overwrite each other's.
 *
 * @param <M> the memory of one pass
 */
final class Workspaces<M extends AutoCloseable> implements AutoCloseable {
  private final Supplier<M> make;
  private final List<M> all = new ArrayList<>();
  private final Deque<M> free = new ArrayDeque<>();

  /** Memory as it is made by that. */
  Workspaces(Supplier<M> make) {
    this.make = make;
  }

  /** Memory that no other pass uses until it is given back. */
  M take() {
    M memory = free.poll();
    if (memory == null) {
      memory = make.get();
      all.add(memory);
    }
    return memory;
  }

  /** The pass is over, with its way back. */
  void giveBack(M memory) {
    free.push(memory);
  }

  @Override
  public void close() throws Exception {
    for (M memory : all) {
      memory.close();
    }
  }
}
