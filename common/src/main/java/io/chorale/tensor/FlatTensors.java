package io.chorale.tensor;

import io.chorale.io.FloatSlices;
import io.chorale.io.FloatVector;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * All parameters of a model in one flat tensor [P], and in another their gradients, if it is to be
 * trained.
 *
 * <p>The named parameters are views of it: leaves of the autograd graph whose gradients are views
 * of the flat gradient. So a norm, an optimizer's step and a transfer are one call each.
 */
public final class FlatTensors implements AutoCloseable {
  private final PointerScope owned;
  private final Map<String, Tensor> views = new LinkedHashMap<>();
  private final Tensor values;
  private final Tensor gradients;

  /** Parameters of zeros on the processor, to be trained. */
  public FlatTensors(Map<String, long[]> shapes, torch.ScalarType type) {
    this(shapes, type, Device.CPU);
  }

  /**
   * Parameters of zeros, to be trained.
   *
   * @param shapes the shape of each parameter, in the order in which they lie
   * @param type float32; float64 in tests; bfloat16 for the copy that matrix products use
   */
  public FlatTensors(Map<String, long[]> shapes, torch.ScalarType type, Device device) {
    this(shapes, type, device, true, true);
  }

  /**
   * Parameters of zeros that are copies of others, for products: autograd makes their gradients
   * where it needs them, and {@link #moveGradients} takes them to those of the others.
   */
  public static FlatTensors copies(
      Map<String, long[]> shapes, torch.ScalarType type, Device device) {
    return new FlatTensors(shapes, type, device, true, false);
  }

  /** Parameters of zeros that are only read: without memory for gradients. */
  public static FlatTensors frozen(
      Map<String, long[]> shapes, torch.ScalarType type, Device device) {
    return new FlatTensors(shapes, type, device, false, false);
  }

  private FlatTensors(
      Map<String, long[]> shapes,
      torch.ScalarType type,
      Device device,
      boolean leaves,
      boolean summed) {
    try (PointerScope scope = new PointerScope()) {
      owned = scope.extend();
      long size = shapes.values().stream().mapToLong(FlatTensors::elements).sum();
      TensorOptions options = device.options(type);
      values = torch.zeros(new long[] {size}, options);
      gradients = torch.zeros(new long[] {summed ? size : 0}, options);
      long offset = 0;
      for (Map.Entry<String, long[]> entry : shapes.entrySet()) {
        long length = elements(entry.getValue());
        Tensor view = values.narrow(0, offset, length).view(entry.getValue());
        view.set_requires_grad(leaves);
        if (summed) {
          view.mutable_grad().put(gradients.narrow(0, offset, length).view(entry.getValue()));
        }
        views.put(entry.getKey(), view);
        offset += length;
      }
    }
  }

  /** The parameter of that name: where it is trained, a leaf that requires a gradient. */
  public Tensor get(String name) {
    Tensor view = views.get(name);
    if (view == null) {
      throw new IllegalArgumentException("no parameter " + name + " among " + views.keySet());
    }
    return view;
  }

  /** Whether there is a parameter of that name. */
  public boolean has(String name) {
    return views.containsKey(name);
  }

  /** All values [P]; writing to them changes the parameters. */
  public Tensor values() {
    return values;
  }

  /** All gradients [P]; none where the parameters are frozen, or copies. */
  public Tensor gradients() {
    return gradients;
  }

  /** Adds the gradients that autograd has made for copies to those of what they are copies of. */
  public void moveGradients(FlatTensors sums) {
    views.forEach(
        (name, view) -> {
          Tensor made = view.grad();
          if (made.defined()) {
            sums.get(name).grad().add_(made);
            view.mutable_grad().put(new Tensor());
          }
        });
  }

  /** Copies the elements into the values. */
  public void load(FloatSlices source) {
    write(source, values);
  }

  /** Copies values into a flat tensor of as many elements, whatever their type. */
  public static void write(FloatSlices source, Tensor target) {
    if (source.length() != target.numel()) {
      throw new IllegalArgumentException(
          "a vector of "
              + source.length()
              + " elements does not fit a tensor of "
              + target.numel());
    }
    TensorStore store = new TensorStore(target);
    for (int i = 0; i < source.sliceCount(); i++) {
      store.put(i, source.slice(i));
    }
  }

  /** A copy of a flat tensor [n] as a vector of float32. */
  public static FloatVector read(Tensor source) {
    TensorStore store = new TensorStore(source);
    FloatVector target = new FloatVector(store.length());
    for (int i = 0; i < target.sliceCount(); i++) {
      target.put(i, store.slice(i));
    }
    return target;
  }

  private static long elements(long[] shape) {
    long product = 1;
    for (long size : shape) {
      product = Math.multiplyExact(product, size);
    }
    return product;
  }

  @Override
  public void close() {
    owned.close();
  }
}
