package io.chorale.model;

import io.chorale.config.TrainSettings;
import io.chorale.io.FloatSlices;
import io.chorale.tensor.Device;
import io.chorale.tensor.FlatTensors;
import io.chorale.tensor.Products;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The values of a model's parameters on a device, where they are trained with their gradients; and
 * the memory that passes over them use again. For one thread at a time.
 */
public final class Weights implements AutoCloseable {
  private final Device device;
  private final FlatTensors values;
  private final FlatTensors factors; // what matrices are multiplied in
  private final Optional<Products> products;
  private final Optional<BaseWeights> base;
  private final boolean owner; // of the values and the base
  private final Map<String, AutoCloseable> held = new HashMap<>();

  private Weights(Device device, FlatTensors values, FlatTensors factors) {
    this(device, values, factors, Optional.empty(), Optional.empty(), true);
  }

  private Weights(
      Device device,
      FlatTensors values,
      FlatTensors factors,
      Optional<Products> products,
      Optional<BaseWeights> base,
      boolean owner) {
    this.device = device;
    this.values = values;
    this.factors = factors;
    this.products = products;
    this.base = base;
    this.owner = owner;
  }

  /** Parameters of zeros in a type, with gradients. */
  static Weights trained(ParameterLayout layout, torch.ScalarType type, Device device) {
    FlatTensors values = new FlatTensors(layout.shapes(), type, device);
    return new Weights(device, values, values);
  }

  /**
   * Parameters to be trained, with gradients.
   *
   * @param bfloat16 whether matrix products read a copy in bfloat16; values stay float32
   */
  public static Weights trained(
      ParameterLayout layout, FloatSlices parameters, boolean bfloat16, Device device) {
    return trained(layout, parameters, bfloat16, device, Optional.empty());
  }

  /** As the next one, without a base. */
  public static Weights trained(
      ParameterLayout layout,
      FloatSlices parameters,
      boolean bfloat16,
      Device device,
      Optional<Products> products) {
    return trained(layout, parameters, bfloat16, device, products, Optional.empty());
  }

  /**
   * As {@link #trained(ParameterLayout, FloatSlices, boolean, Device)}.
   *
   * @param products by what products are computed where a model can, on the processor alone; closed
   *     with the weights, and where they cannot be made
   * @param base the parameters that are only read, where there are such; closed likewise
   */
  public static Weights trained(
      ParameterLayout layout,
      FloatSlices parameters,
      boolean bfloat16,
      Device device,
      Optional<Products> products,
      Optional<BaseWeights> base) {
    FlatTensors values = null;
    try {
      values = new FlatTensors(layout.shapes(), torch.ScalarType.Float, device);
      values.load(parameters);
      FlatTensors factors =
          bfloat16
              ? FlatTensors.copies(layout.shapes(), torch.ScalarType.BFloat16, device)
              : values;
      return new Weights(device, values, factors, products, base, true);
    } catch (RuntimeException | Error e) {
      free(values, products, base);
      throw e;
    }
  }

  /** Frees what weights would have been made of. */
  private static void free(
      FlatTensors values, Optional<Products> products, Optional<BaseWeights> base) {
    products.ifPresent(Products::close);
    base.ifPresent(BaseWeights::close);
    if (values != null) {
      values.close();
    }
  }

  /** Parameters that are only read, without memory for gradients, by libtorch's operators. */
  public static Weights frozen(ParameterLayout layout, FloatSlices parameters, Device device) {
    return frozen(layout, parameters, device, Optional.empty(), Optional.empty());
  }

  /**
   * As {@link #frozen(ParameterLayout, FloatSlices, Device)}.
   *
   * @param train by what settings they were trained, which say by what products they are read
   */
  public static Weights frozen(
      ParameterLayout layout, FloatSlices parameters, TrainSettings train, Device device) {
    return frozen(layout, parameters, train, device, Optional.empty());
  }

  /**
   * As {@link #frozen(ParameterLayout, FloatSlices, TrainSettings, Device)}.
   *
   * @param base the parameters that are none of the layout, where there are such; closed with the
   *     weights, and where they cannot be made
   */
  public static Weights frozen(
      ParameterLayout layout,
      FloatSlices parameters,
      TrainSettings train,
      Device device,
      Optional<BaseWeights> base) {
    return frozen(layout, parameters, device, Products.ofReading(train, device), base);
  }

  private static Weights frozen(
      ParameterLayout layout,
      FloatSlices parameters,
      Device device,
      Optional<Products> products,
      Optional<BaseWeights> base) {
    FlatTensors values = null;
    try {
      values = FlatTensors.frozen(layout.shapes(), torch.ScalarType.Float, device);
      values.load(parameters);
      return new Weights(device, values, values, products, base, true);
    } catch (RuntimeException | Error e) {
      free(values, products, base);
      throw e;
    }
  }

  /**
   * The same values for another thread, with memory of its own for passes; they are there until
   * these weights are closed, and are not to be trained meanwhile.
   */
  public Weights shared() {
    return new Weights(device, values, factors, products.map(Products::another), base, false);
  }

  /** Where they lie. */
  public Device device() {
    return device;
  }

  /** A parameter. */
  public Tensor get(Slot slot) {
    return base.isEmpty() || values.has(slot.name())
        ? values.get(slot.name())
        : base.get().get(slot);
  }

  /** A parameter in the type in which matrices are multiplied. */
  public Tensor product(Slot slot) {
    if (base.isEmpty() || values.has(slot.name())) {
      return factors.get(slot.name());
    }
    // Trained ones say in which type: what only reads takes all as they are.
    return factors == values ? base.get().get(slot) : base.get().product(slot);
  }

  /** Whether a parameter is trained, so that it has a gradient. */
  boolean trains(Slot slot) {
    return !frozen() && values.has(slot.name());
  }

  /**
   * What attention reads: on a GPU in the type of {@link #product}, since its kernels that never
   * hold the scores of all pairs of steps take no float32.
   */
  Tensor attended(Tensor x) {
    return device == Device.CPU ? x : x.to(factors.values().scalar_type());
  }

  /** By what products are computed that autograd does not see; empty for libtorch's operators. */
  Optional<Products> products() {
    return products;
  }

  /** Whether they are only read: passes over them have no way back. */
  boolean frozen() {
    return values.gradients().numel() == 0;
  }

  /** All values in the type in which matrices are multiplied, flat. */
  FlatTensors factors() {
    return factors;
  }

  /** All values and gradients, flat. */
  public FlatTensors flat() {
    return values;
  }

  /** Before a step: gradients of zero, and copies that follow the values. */
  public void begin() {
    values.gradients().zero_();
    if (factors != values) {
      factors.values().copy_(values.values());
    }
  }

  /** After the way back: all gradients are in those of the values. */
  public void gather() {
    if (factors != values) {
      factors.moveGradients(values);
    }
  }

  /**
   * Shortens the gradient where its norm is above a limit, as PyTorch's {@code clip_grad_norm_}
   * does (Pascanu et al., 2013).
   *
   * @param limit above 0
   * @param epsilon added to the norm before it divides
   * @return the norm before
   */
  public double clip(double limit, double epsilon) {
    double norm = values.gradients().norm().item_float();
    if (norm > limit) {
      values.gradients().mul_(new Scalar(limit / (norm + epsilon)));
    }
    return norm;
  }

  /**
   * Something that lives as long as these weights and belongs to one part of the model, such as
   * memory that every step uses again.
   *
   * @param name of the part; who asks with an equal one gets the same, and must want one of the
   *     same kind
   */
  @SuppressWarnings("unchecked")
  <T extends AutoCloseable> T hold(String name, Supplier<T> make) {
    return (T) held.computeIfAbsent(name, key -> make.get());
  }

  @Override
  public void close() {
    held.values().forEach(Weights::close);
    held.clear();
    products.ifPresent(Products::close);
    if (!owner) {
      return;
    }
    if (factors != values) {
      factors.close();
    }
    values.close();
    base.ifPresent(BaseWeights::close);
  }

  private static void close(AutoCloseable part) {
    try {
      part.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
