package io.chorale.model;

import java.util.ArrayList;
import java.util.List;

/**
 * Collects the parameters of a model, each named once by the part that reads it. Those of adapters
 * are trained alone where there are any: all others are then its base.
 */
public final class Slots {
  private final List<Slot> base = new ArrayList<>();
  private final List<Slot> trained = new ArrayList<>();
  private final List<Adapter> adapters = new ArrayList<>();
  private final boolean frozen;

  /** Of a model whose parameters are all trained. */
  public Slots() {
    this(false);
  }

  /**
   * @param frozen whether adapters alone are trained
   */
  public Slots(boolean frozen) {
    this.frozen = frozen;
  }

  /**
   * Adds a parameter of the model.
   *
   * @throws IllegalArgumentException where there is one of that name
   */
  public Slot add(String name, Init init, long... shape) {
    return add(frozen ? base : trained, new Slot(name, shape, init));
  }

  /**
   * Adds a matrix of an adapter.
   *
   * @param fixed whether it stays as it begins
   */
  Slot addFactor(String name, Init init, boolean fixed, long... shape) {
    return add(fixed ? base : trained, new Slot(name, shape, init));
  }

  private Slot add(List<Slot> to, Slot slot) {
    for (List<Slot> slots : List.of(base, trained)) {
      if (slots.stream().anyMatch(known -> known.name().equals(slot.name()))) {
        throw new IllegalArgumentException("there is already a parameter " + slot.name());
      }
    }
    to.add(slot);
    return slot;
  }

  /** Adds an adapter, whose matrices are here. */
  void add(Adapter adapter) {
    adapters.add(adapter);
  }

  /** Where each of those that are trained lies in the flat vector. */
  public ParameterLayout layout() {
    return ParameterLayout.of(trained);
  }

  /** Those that are only read; none where all are trained. */
  public ParameterLayout base() {
    return ParameterLayout.of(base);
  }

  /** The adapters, in the order of the layers that they belong to. */
  public List<Adapter> adapters() {
    return List.copyOf(adapters);
  }
}
