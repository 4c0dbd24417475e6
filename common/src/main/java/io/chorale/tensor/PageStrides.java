package io.chorale.tensor;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Copies right factors whose rows lie a whole number of pages apart to where they do not. Lines of
 * such rows share few places of a processor's caches, and in float32 oneDNN 3.11 reads the factor
 * as it lies, for half of the speed, unless the distance is a power of two.
 */
final class PageStrides implements AutoCloseable {
  /** Floats of a page. */
  private static final long PAGE = 1024;

  /** Floats between the end of a row and the next one. */
  private static final long APART = 32;

  /** Rows of the left factor from which a product gains more than a copy takes. */
  private static final long LEAST_ROWS = 128;

  private Tensor memory; // flat; null before the first copy

  /** The right factor of a product, or a copy until the next one is asked for. */
  Operand right(Operand a, Operand b) {
    return hinder(a.layout(), b.layout()) ? copy(b.tensor()) : b;
  }

  private static boolean hinder(Operand.Layout a, Operand.Layout b) {
    if (b.type() != torch.ScalarType.Float || b.sizes().length != 2 || b.strides()[1] != 1) {
      return false;
    }
    long stride = b.strides()[0];
    return stride % PAGE == 0 && Long.bitCount(stride) > 1 && a.sizes()[0] >= LEAST_ROWS;
  }

  private Operand copy(Tensor factor) {
    long rows = factor.size(0);
    long columns = factor.size(1);
    long size = rows * (columns + APART);
    try (StepScope scope = new StepScope()) {
      if (memory == null || memory.numel() < size) {
        close();
        memory = scope.keep(torch.empty(new long[] {size}, factor.options(), null));
      }
      Tensor apart = memory.narrow(0, 0, size).view(rows, columns + APART).narrow(1, 0, columns);
      apart.copy_(factor.detach());
      return Operand.of(apart);
    }
  }

  @Override
  public void close() {
    if (memory != null) {
      memory.close();
      memory = null;
    }
  }
}
