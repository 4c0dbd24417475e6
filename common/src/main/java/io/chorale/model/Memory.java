package io.chorale.model;

import io.chorale.tensor.StepScope;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The result of an encoder, to which a decoder attends.
 *
 * @param values the encoder's result for every step [B, S, W]
 * @param lengths of its rows
 * @param last the encoder's state after each row's last step; {@link State#NONE} where it has none
 * @param keys what a decoder makes of the values alone, [B, ..., S, W'] each: computed once by
 *     {@link Backbone#prepared} where many steps look at the same memory; none before
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

  /**
   * The memories of some rows, in that order, as long as the longest of them; a row may come more
   * than once, or not at all.
   *
   * @param rows their numbers
   */
  public Memory rows(int... rows) {
    Lengths some = lengths.rows(rows);
    Tensor numbers = torch.tensor(Arrays.stream(rows).asLongStream().toArray());
    Tensor index = numbers.to(values.device(), torch.ScalarType.Long);
    return new Memory(
        rows(values, index, some.longest()),
        some,
        last.rows(rows),
        keys.stream().map(key -> rows(key, index, some.longest())).toList());
  }

  private static Tensor rows(Tensor x, Tensor index, int longest) {
    return x.narrow(x.dim() - 2, 0, longest).index_select(0, index);
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
}
