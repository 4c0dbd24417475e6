package io.chorale.tensor;

import java.util.Arrays;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A tensor as {@link Products} reads and writes it: matrices in its last two dimensions, which may
 * be views with any strides. It is made once for memory that every step uses again, since to ask a
 * tensor for its shape costs more than a small product.
 *
 * <p>It is valid as long as the tensor is, which stays its owner's.
 */
public final class Operand {
  private final Tensor tensor;
  private final Pointer address;
  private final Layout layout;

  /** What a kernel is made for: two operands with equal ones are of one kind. */
  static final class Layout {
    private final torch.ScalarType type;
    private final long[] sizes;
    private final long[] strides;
    private final int hash;

    private Layout(torch.ScalarType type, long[] sizes, long[] strides) {
      this.type = type;
      this.sizes = sizes;
      this.strides = strides;
      this.hash = 31 * (31 * type.hashCode() + Arrays.hashCode(sizes)) + Arrays.hashCode(strides);
    }

    torch.ScalarType type() {
      return type;
    }

    long[] sizes() {
      return sizes;
    }

    long[] strides() {
      return strides;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Layout that
          && hash == that.hash
          && type == that.type
          && Arrays.equals(sizes, that.sizes)
          && Arrays.equals(strides, that.strides);
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public String toString() {
      return "%s%s by %s".formatted(type, Arrays.toString(sizes), Arrays.toString(strides));
    }
  }

  private Operand(Tensor tensor) {
    this.tensor = tensor;
    this.address = tensor.data_ptr();
    long[] sizes = new long[(int) tensor.dim()];
    long[] strides = new long[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = tensor.size(i);
      strides[i] = tensor.stride(i);
    }
    this.layout = new Layout(tensor.scalar_type().intern(), sizes, strides);
  }

  /** A tensor as an operand. */
  public static Operand of(Tensor tensor) {
    return new Operand(tensor);
  }

  Tensor tensor() {
    return tensor;
  }

  Pointer address() {
    return address;
  }

  Layout layout() {
    return layout;
  }
}
