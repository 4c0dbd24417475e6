package io.chorale.chat;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** The names that a part of a template knows, and what all of its rendering may still cost. */
final class Scope {
  private final Scope outer; // null at the outermost
  private final Budget budget;
  private final Map<String, Object> names = new HashMap<>();

  private Scope(Scope outer, Budget budget) {
    this.outer = outer;
    this.budget = budget;
  }

  static Scope of(Map<String, Object> names, Budget budget) {
    Scope scope = new Scope(null, budget);
    scope.names.putAll(names);
    return scope;
  }

  Scope inner() {
    return new Scope(this, budget);
  }

  void set(String name, Object value) {
    names.put(name, value);
  }

  Object get(String name) {
    for (Scope scope = this; scope != null; scope = scope.outer) {
      Object value = scope.names.get(name);
      if (value != null) {
        return value;
      }
    }
    return new Values.Undefined(name);
  }

  Budget budget() {
    return budget;
  }

  /** Bounds a rendering: by its steps, and by the characters and entries that it makes. */
  static final class Budget {
    private static final int READ_AT_ONCE = 16;

    private long left;

    Budget(long most) {
      left = most;
    }

    void spend(long cost) {
      left -= cost;
      if (left < 0) {
        throw new TemplateException("more work than any template needs");
      }
    }

    /** Counts a value that was made. */
    <T> T made(T value) {
      spend(1 + size(value));
      return value;
    }

    /** Counts a value that is gone through. */
    void read(Object value) {
      spend(1 + size(value) / READ_AT_ONCE);
    }

    private static long size(Object value) {
      if (value instanceof Text text) {
        return text.length();
      }
      return value instanceof Collection<?> all
          ? all.size()
          : value instanceof Map<?, ?> map ? map.size() : 0;
    }
  }
}
