package io.chorale.model;

import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Inverted dropout (Srivastava et al., 2014) with a generator of its own, so that two workers in
 * one JVM do not draw from each other's numbers. Masks are drawn on the processor, so that they are
 * the same on every device.
 */
public final class Dropout {
  /** Drops nothing: evaluation, generation, and training without dropout. */
  public static final Dropout NONE = new Dropout(0, null);

  private final double rate;
  private final GeneratorOptional generator;

  private Dropout(double rate, GeneratorOptional generator) {
    this.rate = rate;
    this.generator = generator;
  }

  /**
   * Dropout whose masks depend on the seed alone.
   *
   * @param rate the share that is dropped, from 0 to below 1
   */
  public static Dropout seeded(double rate, long seed) {
    if (rate == 0) {
      return NONE;
    }
    Generator generator = torch.make_generator_cpu(seed);
    return new Dropout(rate, new GeneratorOptional(generator));
  }

  /** Dropout that will draw the same masks as this one from now on. */
  public Dropout fork() {
    return rate == 0 ? NONE : new Dropout(rate, new GeneratorOptional(generator.get().clone()));
  }

  /** The tensor with a share of its elements zeroed and the others scaled up. */
  public Tensor apply(Tensor x) {
    if (rate == 0) {
      return x;
    }
    Tensor mask = torch.empty(x.sizes(), new TensorOptions(x.scalar_type()), null);
    mask.bernoulli_(1 - rate, generator).div_(new Scalar(1 - rate));
    return x.mul(mask.to(x));
  }
}
