package io.chorale.model;

import io.chorale.config.Settings;
import io.chorale.data.Numbers;
import io.chorale.data.Values;
import org.bytedeco.pytorch.Tensor;

/** A linear layer that makes a vector of the numbers of each step of a series. */
public final class Projection implements Input {
  private final Linear layer; // [E, channels]
  private final boolean drops;

  private Projection(Linear layer, boolean drops) {
    this.layer = layer;
    this.drops = drops;
  }

  /**
   * A layer whose results are as wide as the backbone's input.
   *
   * @param name of the layer, without {@code .weight} and {@code .bias}
   * @param channels numbers of a step
   */
  public static Projection of(Slots slots, String name, Settings settings, int channels) {
    Surroundings around = Surroundings.of(settings);
    Init init = around.projection().apply(channels);
    Linear layer = Linear.of(slots, name, init, around.inputWidth(), channels, true);
    return new Projection(layer, around.inputDropped() && settings.model().dropout() > 0);
  }

  @Override
  public Sequence forward(Weights w, Values series, Pass pass) {
    Numbers numbers = (Numbers) series;
    Lengths lengths = Lengths.of(numbers.lengths(), numbers.length());
    Tensor values =
        w.device().numbers(numbers.values(), lengths.batch(), numbers.length(), numbers.size());
    return forward(w, values, lengths, pass);
  }

  /** As {@link #forward(Weights, Values, Pass)}, for numbers that are a tensor [B, T, channels]. */
  public Sequence forward(Weights w, Tensor values, Lengths lengths, Pass pass) {
    Sequence x =
        new Sequence.Vectors(
            layer.forward(w, values.to(w.get(layer.matrix()).scalar_type())), lengths);
    return drops ? x.dropped(pass.dropout()) : x;
  }

  @Override
  public long keptByStep(long batch, long length) {
    // The numbers; the vectors and their gradients, with a mask, a product and its gradient where
    // there is dropout; and the matrix's gradient.
    return batch * length * (channels() + (drops ? 5 : 2) * width()) + width() * channels();
  }

  @Override
  public long madeByPass(long batch, long length) {
    return batch * length * (channels() + width());
  }

  private long width() {
    return layer.matrix().shape()[0];
  }

  private long channels() {
    return layer.matrix().shape()[1];
  }
}
