package io.chorale.model;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Memory that is used again in every step, by name.
 *
 * <p>The operating system hands out large blocks page by page and takes them back as soon as they
 * are freed; for a recurrent layer that cost an eighth of the step.
 */
final class Buffers implements AutoCloseable {
  private final TensorOptions options;
  private final Map<String, Block> blocks = new HashMap<>();

  /**
   * A piece of memory.
   *
   * @param view its beginning as a tensor of the shape that was asked for last
   */
  private record Block(Tensor memory, Tensor view, long[] shape) implements AutoCloseable {
    @Override
    public void close() {
      view.close();
      memory.close();
    }
  }

  /** Buffers of the type, and on the device, of that tensor. */
  Buffers(Tensor like) {
    try (PointerScope scope = new PointerScope()) {
      options = like.options();
      options.retainReference();
    }
  }

  /** The tensor of that name, with what was written to it last if it had the same shape. */
  Tensor get(String name, long... shape) {
    Block block = blocks.get(name);
    if (block != null && Arrays.equals(block.shape(), shape)) {
      return block.view();
    }
    long size = 1;
    for (long length : shape) {
      size *= length;
    }
    try (PointerScope scope = new PointerScope()) {
      Tensor memory =
          block != null && block.memory().numel() >= size
              ? new Tensor(block.memory())
              : torch.empty(new long[] {size}, options, null);
      if (block != null) {
        block.close();
      }
      block = new Block(memory, memory.narrow(0, 0, size).view(shape), shape);
      memory.retainReference();
      block.view().retainReference();
    }
    blocks.put(name, block);
    return block.view();
  }

  @Override
  public void close() {
    blocks.values().forEach(Block::close);
    blocks.clear();
    options.close();
  }
}
