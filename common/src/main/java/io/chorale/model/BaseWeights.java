package io.chorale.model;

import io.chorale.io.FloatStore;
import io.chorale.tensor.Device;
import io.chorale.tensor.Engine;
import io.chorale.tensor.FlatTensors;
import io.chorale.tensor.TensorStore;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The parameters that a training of adapters leaves as they are, on a device: read by any number of
 * threads at once, without memory for gradients.
 */
public final class BaseWeights implements AutoCloseable {
  private final FlatTensors values;
  private final FlatTensors factors; // what matrices are multiplied in
  private final Runnable release;

  private BaseWeights(FlatTensors values, FlatTensors factors, Runnable release) {
    this.values = values;
    this.factors = factors;
    this.release = release;
  }

  /**
   * Reads parameters.
   *
   * @param bfloat16 whether matrix products read a copy in bfloat16
   * @param fill given a store for the values of each parameter, by name
   */
  public static BaseWeights read(
      ParameterLayout layout,
      boolean bfloat16,
      Device device,
      Consumer<Map<String, FloatStore>> fill) {
    Engine.start();
    FlatTensors values = FlatTensors.frozen(layout.shapes(), torch.ScalarType.Float, device);
    try {
      Map<String, FloatStore> stores = new TreeMap<>();
      for (ParameterLayout.Entry entry : layout.entries()) {
        stores.put(entry.name(), new TensorStore(values.get(entry.name()).flatten()));
      }
      fill.accept(stores);
      stores.values().forEach(FloatStore::close);
      FlatTensors factors =
          bfloat16
              ? FlatTensors.frozen(layout.shapes(), torch.ScalarType.BFloat16, device)
              : values;
      if (bfloat16) {
        factors.values().copy_(values.values());
      }
      return new BaseWeights(values, factors, () -> close(values, factors));
    } catch (RuntimeException | Error e) {
      values.close();
      throw e;
    }
  }

  private static void close(FlatTensors values, FlatTensors factors) {
    if (factors != values) {
      factors.close();
    }
    values.close();
  }

  /**
   * The same parameters for one of several users.
   *
   * @param release what closing does instead of freeing them
   */
  public BaseWeights shared(Runnable release) {
    return new BaseWeights(values, factors, release);
  }

  /** A parameter. */
  Tensor get(Slot slot) {
    return values.get(slot.name());
  }

  /** A parameter in the type in which matrices are multiplied. */
  Tensor product(Slot slot) {
    return factors.get(slot.name());
  }

  @Override
  public void close() {
    release.run();
  }
}
