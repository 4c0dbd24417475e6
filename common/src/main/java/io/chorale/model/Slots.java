package io.chorale.model;

import io.chorale.io.FloatVector;
import java.util.ArrayList;
import java.util.List;

/** Collects the parameters of a model, each named once by the part that reads it. */
public final class Slots {
  private final List<Slot> slots = new ArrayList<>();

  /**
   * Adds a parameter.
   *
   * @throws IllegalArgumentException where there is one of that name
   */
  public Slot add(String name, Init init, long... shape) {
    if (slots.stream().anyMatch(slot -> slot.name().equals(name))) {
      throw new IllegalArgumentException("there is already a parameter " + name);
    }
    Slot slot = new Slot(name, shape, init);
    slots.add(slot);
    return slot;
  }

  /** Where each lies in the flat vector. */
  public ParameterLayout layout() {
    return ParameterLayout.of(slots);
  }

  /**
   * The parameters at the start of a training: the same floats on every machine. Random numbers are
   * drawn in the order of the layout.
   */
  public FloatVector initial(long seed) {
    ParameterLayout layout = layout();
    FloatVector values = new FloatVector(layout.size());
    Gaussian random = new Gaussian(seed);
    for (ParameterLayout.Entry entry : layout.entries()) {
      long offset = entry.offset();
      entry.slot().init().write(entry.slot(), (i, value) -> values.set(offset + i, value), random);
    }
    return values;
  }
}
