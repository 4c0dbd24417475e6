package io.chorale.tensor;

import io.chorale.io.FloatStore;
import io.chorale.io.FloatVector;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Reads and writes a flat tensor [n] slice by slice as float32, whatever its type and device. Each
 * slice that is read is a copy, so the Java heap holds one slice and not the tensor.
 */
public final class TensorStore implements FloatStore {
  private Tensor tensor;
  private boolean here; // in the processor's memory, as float32

  /** A store over a tensor, which is closed with it; who reads and writes does so by one thread. */
  public TensorStore(Tensor tensor) {
    this.tensor = tensor;
    this.here = tensor.is_cpu() && tensor.scalar_type() == torch.ScalarType.Float;
  }

  /** A store of zeros, which the caller closes. */
  public static TensorStore zeros(long length, Device device) {
    Engine.start();
    try (StepScope scope = new StepScope()) {
      return new TensorStore(
          scope.keep(torch.zeros(new long[] {length}, device.options(torch.ScalarType.Float))));
    }
  }

  /** The tensor itself [n], of float32, moved to a device where it lies on another. */
  public Tensor on(Device device) {
    if (!device.holds(tensor)) {
      try (StepScope scope = new StepScope()) {
        Tensor elsewhere = tensor;
        tensor =
            scope.keep(elsewhere.to(device.options(torch.ScalarType.Float), false, false, null));
        elsewhere.close();
        here = tensor.is_cpu();
      }
    }
    return tensor;
  }

  @Override
  public long length() {
    return tensor.numel();
  }

  @Override
  public float[] slice(int index) {
    float[] slice = new float[FloatVector.sliceLength(length(), index)];
    try (StepScope scope = new StepScope()) {
      if (here) {
        at(index).get(slice);
      } else {
        Tensor part = part(index, slice.length).cpu().to(torch.ScalarType.Float);
        part.data_ptr_float().capacity(slice.length).get(slice);
      }
    }
    return slice;
  }

  @Override
  public void put(int index, float[] values) {
    FloatStore.checkLength(this, index, values);
    try (StepScope scope = new StepScope()) {
      if (here) {
        at(index).put(values);
      } else {
        Tensor from = torch.from_blob(new FloatPointer(values), new long[] {values.length});
        part(index, values.length).copy_(from);
      }
    }
  }

  private FloatPointer at(int index) {
    return tensor.data_ptr_float().position(begin(index));
  }

  private Tensor part(int index, int length) {
    return tensor.detach().narrow(0, begin(index), length);
  }

  private static long begin(int index) {
    return (long) index * FloatVector.SLICE;
  }

  @Override
  public void close() {
    tensor.close();
  }
}
