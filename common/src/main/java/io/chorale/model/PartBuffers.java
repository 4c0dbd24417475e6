package io.chorale.model;

import java.util.HashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** The memory of one pass: buffers of each part of a model. */
final class PartBuffers implements AutoCloseable {
  private final Tensor like;
  private final Map<String, Buffers> buffers = new HashMap<>();

  /** Memory of the type, and on the device, of that tensor. */
  PartBuffers(Tensor like) {
    this.like = like;
  }

  /** The buffers of a cell, or of what several share. */
  Buffers of(String part) {
    return buffers.computeIfAbsent(part, key -> new Buffers(like));
  }

  @Override
  public void close() {
    buffers.values().forEach(Buffers::close);
  }
}
