package io.chorale.task;

import io.chorale.model.ParameterLayout;
import io.chorale.model.Slots;
import io.chorale.model.State;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * A task whose batches do not go on from each other, so that nothing is carried from one to the
 * next.
 */
abstract sealed class StatelessTask implements Task permits RowTask, TargetTask, Forecast {
  /** To which a task adds its parameters, in its constructor. */
  final Slots slots;

  StatelessTask() {
    this(new Slots());
  }

  /** A task with the parameters of another. */
  StatelessTask(Slots slots) {
    this.slots = slots;
  }

  @Override
  public final ParameterLayout layout() {
    return slots.layout();
  }

  @Override
  public final boolean carries() {
    return false;
  }

  @Override
  public final State restore(List<Tensor> flat) {
    return State.NONE;
  }

  @Override
  public final List<Long> carriedSizes(long rows) {
    return List.of();
  }
}
