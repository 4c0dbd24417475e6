package io.chorale.model;

import io.chorale.tensor.StepScope;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * The result of an encoder, to which a decoder attends.
 *
 * @param values the encoder's result for every step [B, S, W]
 * @param lengths of its rows
 * @param last the encoder's state after each row's last step; {@link State#NONE} where it has none
 * @param keys what a decoder makes of the values alone, [B, ...] each: computed once by {@link
 *     Backbone#prepared} where many steps look at the same memory; none before
 */
public record Memory(Tensor values, Lengths lengths, State last, List<Tensor> keys)
    implements AutoCloseable {
  public Memory {
    keys = List.copyOf(keys);
  }

  /** What an encoder has read of rows of these lengths. */
  public static Memory of(Backbone.Output read, Lengths lengths) {
    return new Memory(read.values(), lengths, read.last(), List.of());
  }

  /** The memory with what a decoder has made of it. */
  Memory with(List<Tensor> made) {
    return new Memory(values, lengths, last, made);
  }

  /** This memory, which has one row, for that many rows that look at it; copies nothing. */
  public Memory repeated(int rows) {
    return new Memory(
        repeated(values, 0, rows),
        Lengths.equal(rows, lengths.longest()),
        new State(
            last.tensors().stream().map(x -> repeated(x, last.batchAxis(), rows)).toList(),
            last.batchAxis()),
        keys.stream().map(key -> repeated(key, 0, rows)).toList());
  }

  /** The memory taken out of a scope; whoever keeps it closes it. */
  public Memory keep(StepScope scope) {
    return new Memory(
        scope.keep(values.detach()),
        lengths,
        last.keep(scope),
        keys.stream().map(key -> scope.keep(key.detach())).toList());
  }

  @Override
  public void close() {
    values.close();
    last.close();
    keys.forEach(Tensor::close);
  }

  private static Tensor repeated(Tensor x, int axis, int rows) {
    long[] shape = new long[(int) x.dim()];
    Arrays.setAll(shape, x::size);
    shape[axis] = rows;
    return x.expand(shape);
  }
}
