package io.chorale.model;

import java.util.Optional;
import java.util.function.BiFunction;

/**
 * The memory of one pass through a transformer's blocks: buffers of both types, and what was made
 * of them for the shape that came last.
 */
final class TransformerMemory implements AutoCloseable {
  private final Buffers floats;
  private final Buffers factors;
  private PlacedTransformer.Shape shape;
  private Optional<PlacedTransformer> placed = Optional.empty();

  private TransformerMemory(Buffers floats, Buffers factors) {
    this.floats = floats;
    this.factors = factors;
  }

  /** Memory of the types of those weights. */
  static TransformerMemory of(Weights w) {
    return new TransformerMemory(new Buffers(w.flat().values()), new Buffers(w.factors().values()));
  }

  /**
   * The blocks at that shape: those of the last pass, where it had the same.
   *
   * @param make makes them of memory for float32 and for the type in which matrices are multiplied
   */
  PlacedTransformer at(
      PlacedTransformer.Shape wanted, BiFunction<Buffers, Buffers, PlacedTransformer> make) {
    if (placed.isEmpty() || !wanted.equals(shape)) {
      placed.ifPresent(PlacedTransformer::close);
      placed = Optional.empty();
      placed = Optional.of(make.apply(floats, factors));
      shape = wanted;
    }
    return placed.orElseThrow();
  }

  @Override
  public void close() {
    placed.ifPresent(PlacedTransformer::close);
    floats.close();
    factors.close();
  }
}
