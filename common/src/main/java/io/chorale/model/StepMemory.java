package io.chorale.model;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Memory for numbers of every step of a recurrent loop: one block [units, active(t)] a step. That
 * of a state has one block more before them, for the state before the first step [units, B].
 */
final class StepMemory {
  private final Steps steps;
  private final boolean led;
  private final long units;
  private final Tensor memory; // [blocks, units, B] where rows are equally long, else flat

  /**
   * @param name of the buffer
   * @param led whether the state before the first step has a block
   */
  StepMemory(Buffers buffers, String name, Steps steps, long units, boolean led) {
    this.steps = steps;
    this.units = units;
    this.led = led;
    long lead = led ? steps.batch() : 0;
    this.memory =
        steps.equal()
            ? buffers.get(name, steps.length() + (led ? 1 : 0), units, steps.batch())
            : buffers.get(name, (lead + steps.total()) * units);
  }

  /** The state before the first step [units, B]. */
  Tensor first() {
    return steps.equal() ? memory.select(0, 0) : view(0, steps.batch());
  }

  /** The block of step t [units, active(t)]. */
  Tensor at(int t) {
    if (steps.equal()) {
      return memory.select(0, led ? t + 1 : t);
    }
    return view((led ? steps.batch() : 0) + steps.offset(t), steps.active(t));
  }

  /** What stood before step t for the rows that have it [units, active(t)]. */
  Tensor before(int t) {
    Tensor block = t == 0 ? first() : at(t - 1);
    return steps.equal() ? block : block.narrow(1, 0, steps.active(t));
  }

  private Tensor view(long column, long count) {
    return memory.narrow(0, column * units, count * units).view(units, count);
  }

  /** All steps in step layout: a view, or a copy in a buffer of that name. */
  Tensor all(Buffers buffers, String name) {
    if (steps.equal()) {
      return memory.narrow(0, led ? 1 : 0, steps.length());
    }
    Tensor columns = buffers.get(name, units, steps.total());
    for (int t = 0; t < steps.length(); t++) {
      columns.narrow(1, steps.offset(t), steps.active(t)).copy_(at(t));
    }
    return columns;
  }

  /** What stood before each step, as columns [units, N] in a buffer of that name. */
  Tensor allBefore(Buffers buffers, String name) {
    Tensor columns = buffers.get(name, units, steps.total());
    if (steps.equal()) {
      steps.copyToColumns(memory.narrow(0, 0, steps.length()), columns);
    } else {
      for (int t = 0; t < steps.length(); t++) {
        columns.narrow(1, steps.offset(t), steps.active(t)).copy_(before(t));
      }
    }
    return columns;
  }

  /** Copies all steps from a tensor in step layout. */
  void load(Tensor from) {
    if (steps.equal()) {
      memory.narrow(0, led ? 1 : 0, steps.length()).copy_(from);
    } else {
      for (int t = 0; t < steps.length(); t++) {
        at(t).copy_(from.narrow(1, steps.offset(t), steps.active(t)));
      }
    }
  }

  /** The memory as columns [units, N] to be written over; only of one that is not led. */
  Tensor spent() {
    return memory.view(units, steps.total());
  }

  /** Sets all blocks to zero. */
  void zero() {
    memory.zero_();
  }

  /** Sets all steps to the sum of a tensor in step layout and a bias [units]. */
  void load(Tensor from, Tensor bias) {
    if (steps.equal()) {
      torch.add_out(memory, from, bias.view(1, units, 1));
    } else {
      Tensor column = bias.view(units, 1);
      for (int t = 0; t < steps.length(); t++) {
        torch.add_out(at(t), from.narrow(1, steps.offset(t), steps.active(t)), column);
      }
    }
  }

  /** A copy of the block of each row's last step [units, B], in the order of the steps. */
  Tensor last() {
    if (steps.equal()) {
      return at(steps.length() - 1).clone();
    }
    Tensor last = torch.empty(new long[] {units, steps.batch()}, memory.options(), null);
    for (int t = 0; t < steps.length(); t++) {
      int over = steps.active(t) - steps.active(t + 1);
      if (over > 0) {
        ends(last, t, over).copy_(ends(at(t), t, over));
      }
    }
    return last;
  }

  /** Adds to the block of each row's last step [units, B]. */
  void addToLast(Tensor summand) {
    for (int t = 0; t < steps.length(); t++) {
      int over = steps.active(t) - steps.active(t + 1);
      if (over > 0) {
        ends(at(t), t, over).add_(ends(summand, t, over));
      }
    }
  }

  private Tensor ends(Tensor block, int t, int over) {
    return block.narrow(1, steps.active(t + 1), over);
  }
}
