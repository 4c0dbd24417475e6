package io.chorale.model;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * The memory of a recurrent backbone, which pass after pass uses again. A pass whose way back is
 * still to come keeps its own, so that two passes of one step do not overwrite each other's.
 */
final class Workspaces implements AutoCloseable {
  private final Tensor like;
  private final List<Workspace> all = new ArrayList<>();
  private final Deque<Workspace> free = new ArrayDeque<>();

  /** Memory of the type, and on the device, of that tensor. */
  Workspaces(Tensor like) {
    this.like = like;
  }

  /** The memory of one pass: buffers of each cell. */
  final class Workspace {
    private final Map<String, Buffers> buffers = new HashMap<>();

    /** The buffers of a cell, or of what several share. */
    Buffers of(String part) {
      return buffers.computeIfAbsent(part, key -> new Buffers(like));
    }
  }

  /** Memory that no other pass uses until it is given back. */
  Workspace take() {
    Workspace workspace = free.poll();
    if (workspace == null) {
      workspace = new Workspace();
      all.add(workspace);
    }
    return workspace;
  }

  /** The pass is over, with its way back. */
  void giveBack(Workspace workspace) {
    free.push(workspace);
  }

  @Override
  public void close() {
    all.forEach(workspace -> workspace.buffers.values().forEach(Buffers::close));
  }
}
