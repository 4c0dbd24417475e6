package io.chorale.model;

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

  /** Where each of those added so far lies in the flat vector. */
  public ParameterLayout layout() {
    return ParameterLayout.of(slots);
  }
}
