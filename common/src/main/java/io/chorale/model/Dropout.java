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
  public static final Dropout NONE = new Dropout(0, 0, null);

  private final double rate;
  private final double rateOfAdapters;
  private final GeneratorOptional generator;

  private Dropout(double rate, double rateOfAdapters, GeneratorOptional generator) {
    this.rate = rate;
    this.rateOfAdapters = rateOfAdapters;
    this.generator = generator;
  }

  /**
   * Dropout whose masks depend on the seed alone.
   *
   * @param rate the share that is dropped, from 0 to below 1
   */
  public static Dropout seeded(double rate, long seed) {
    return seeded(rate, 0, seed);
  }

  /**
   * As {@link #seeded(double, long)}.
   *
   * @param rateOfAdapters the share that is dropped of what adapters read
   */
  public static Dropout seeded(double rate, double rateOfAdapters, long seed) {
    if (rate == 0 && rateOfAdapters == 0) {
      return NONE;
    }
    Generator generator = torch.make_generator_cpu(seed);
    return new Dropout(rate, rateOfAdapters, new GeneratorOptional(generator));
  }

  /** Dropout of what adapters read, which draws from the same numbers. */
  Dropout ofAdapters() {
    return rateOfAdapters == 0 ? NONE : new Dropout(rateOfAdapters, rateOfAdapters, generator);
  }

  /** Whether it drops anything but of what adapters read. */
  boolean drops() {
    return rate > 0;
  }

  /** Dropout that will draw the same masks as this one from now on. */
  public Dropout fork() {
    return this == NONE
        ? NONE
        : new Dropout(rate, rateOfAdapters, new GeneratorOptional(generator.get().clone()));
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
