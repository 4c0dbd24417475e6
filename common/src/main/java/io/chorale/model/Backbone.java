package io.chorale.model;

import io.chorale.config.Settings;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * The part of a model that reads a sequence: every step's result depends on the steps that its form
 * lets it see. It holds no values: parameters, state and all else of a pass come with the call.
 */
public interface Backbone {
  /** Which steps of a row a result may depend on. */
  enum Form {
    /** Itself and the steps before. */
    CAUSAL,
    /** All steps of the row. */
    BOTH_WAYS,
    /** Itself, the steps before, and all steps of the row's memory. */
    WITH_MEMORY
  }

  /**
   * What was read.
   *
   * @param values a vector for every step [B, T, W]; those of padding mean nothing
   * @param last what to go on from after each row's last step; {@link State#NONE} of a backbone
   *     that sees a window, where it reads both ways, where rows are of unequal length, or where
   *     the pass does not {@linkplain Pass#goesOn go on}
   */
  record Output(Tensor values, State last) {}

  /**
   * Reads a batch of sequences, each row by itself: padding is right of a row, is never counted and
   * changes nothing.
   *
   * @param before where the rows go on; {@link State#NONE} at their beginning. Gradients go back
   *     into it as far as its tensors require them: truncated backpropagation through time
   *     (Williams and Peng, 1990) gives tensors that do not.
   * @throws IllegalArgumentException where a backbone that sees a window reads both ways and is to
   *     go on from a state
   */
  Output forward(Weights w, Sequence x, State before, Pass pass);

  /**
   * As {@link #forward(Weights, Sequence, State, Pass)}, with a look at a memory in every step: of
   * a backbone {@linkplain #withMemory with a memory}, and only of one.
   *
   * @param memory a row for each of those that are read; gradients go back into it
   */
  Output forward(Weights w, Sequence x, Memory memory, State before, Pass pass);

  /**
   * The memory with all that {@link #forward} makes of it alone, so that it need not be made again
   * in every step; autograd must not record.
   */
  Memory prepared(Weights w, Memory memory);

  /**
   * What was read at the end of each row [B, W]: the result of its last step and, of a network that
   * also reads from the end, that of its first.
   *
   * @param read what {@link #forward} gave for sequences of these lengths
   */
  Tensor ends(Weights w, Output read, Lengths lengths);

  /**
   * Whether the state stays of one size, so that a model can read a text of any length; otherwise
   * it sees a window.
   */
  boolean carries();

  /**
   * A state that was carried, from the elements of its tensors.
   *
   * @param flat one for each tensor, row-major
   */
  State restore(List<Tensor> flat);

  /**
   * Elements of each tensor of the state that so many rows carry; none where nothing is carried.
   */
  List<Long> carriedSizes(long rows);

  /** Width of the result: W. */
  int width();

  /**
   * Floats that a training step keeps from the forward pass for the way back, and the largest
   * gradients on it.
   *
   * @param length of the longest row
   * @param padded whether rows may be of unequal length: then at most so many
   */
  long keptByStep(long batch, long length, boolean padded);

  /**
   * Floats that a {@linkplain Pass#reading reading} pass holds at most.
   *
   * @param length of the longest row
   * @param padded whether rows may be of unequal length: then at most so many
   */
  long madeByPass(long batch, long length, boolean padded);

  /** Floats of the largest tensor that a pass without a way back makes of one row. */
  long largestOfRow(long length);

  /**
   * The backbone that the settings name.
   *
   * @param slots to which it adds its parameters
   * @param prefix of their names, empty or ending in a dot
   * @param context the longest window that it will see, where it does not carry a state
   */
  static Backbone of(Slots slots, String prefix, Settings settings, Form form, int context) {
    if (form == Form.WITH_MEMORY) {
      throw new IllegalArgumentException("a backbone with a memory is told what it looks at");
    }
    return of(slots, prefix, settings, form, 0, context);
  }

  /**
   * The causal backbone that the settings name, which also looks at what another one has read.
   *
   * @param slots to which it adds its parameters
   * @param prefix of their names, empty or ending in a dot
   * @param encoder of the memory; of the same settings
   * @param context the longest window that it will see, where it does not carry a state
   */
  static Backbone withMemory(
      Slots slots, String prefix, Settings settings, Backbone encoder, int context) {
    return of(slots, prefix, settings, Form.WITH_MEMORY, encoder.width(), context);
  }

  private static Backbone of(
      Slots slots, String prefix, Settings settings, Form form, int memory, int context) {
    return switch (settings.model().kind()) {
      case TRANSFORMER -> new Transformer(slots, prefix, settings, form, context);
      case LSTM, GRU, RNN -> new Recurrent(slots, prefix, settings, form, memory);
      case LINEAR -> throw new IllegalArgumentException("a linear model has no backbone");
    };
  }
}
