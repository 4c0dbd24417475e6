package io.chorale.chat;

import io.chorale.chat.Values.Callable;
import io.chorale.chat.Values.Namespace;
import io.chorale.chat.Values.Undefined;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Attributes, entries and slices of values. */
final class Members {
  private Members() {}

  /** The attribute behind a dot: a method or else an entry of a map. */
  static Object attribute(Object value, String name, Scope.Budget budget) {
    refuseUndefined(value, name);
    if (value instanceof Namespace namespace) {
      return or(namespace.attributes().get(name), name);
    }
    Callable method = Methods.find(value, name, budget);
    if (method != null) {
      return method;
    }
    return value instanceof Map<?, ?> map ? or(map.get(name), name) : new Undefined(name);
  }

  /** The item in brackets: an entry or else a method. */
  static Object item(Object value, Object key, Scope.Budget budget) {
    if (value instanceof Text) {
      budget.read(value);
    }
    Object found = item(value, key);
    return found instanceof Undefined && key instanceof Text name && !(value instanceof Undefined)
        ? attribute(value, name.toString(), budget)
        : found;
  }

  static Object item(Object value, Object key) {
    refuseUndefined(value, key.toString());
    if (value instanceof Map<?, ?> map) {
      return or(map.get(Values.shown(key).toString()), key.toString());
    }
    if (key instanceof Long index && value instanceof List<?> list) {
      long place = index < 0 ? index + list.size() : index;
      if (place >= 0 && place < list.size()) {
        return list.get((int) place);
      }
    } else if (key instanceof Long index && value instanceof Text text) {
      int length = text.toString().codePointCount(0, text.length());
      long place = index < 0 ? index + length : index;
      if (place >= 0 && place < length) {
        int from = text.toString().offsetByCodePoints(0, (int) place);
        return text.part(from, text.toString().offsetByCodePoints(from, 1));
      }
    }
    return new Undefined(Values.shown(key).toString());
  }

  private static Object or(Object value, String name) {
    return value == null ? new Undefined(name) : value;
  }

  private static void refuseUndefined(Object value, String name) {
    if (value instanceof Undefined undefined) {
      throw new TemplateException(
          "%s of '%s', which is undefined".formatted(name, undefined.name()));
    }
  }

  /** A slice as Python cuts it. */
  static Object slice(Object value, Object from, Object to, Object by, Scope.Budget budget) {
    budget.read(value);
    List<Object> items = value instanceof Map ? null : Values.items(value);
    if (items == null) {
      throw new TemplateException("a slice of a map");
    }
    int length = items.size();
    long step = by == Values.NONE ? 1 : Values.whole(by);
    if (step == 0) {
      throw new TemplateException("a slice with steps of 0");
    }
    step = Math.max(-length - 1L, Math.min(length + 1L, step)); // no place beyond the ends
    long first = bound(from, step > 0 ? 0 : length - 1, length, step);
    long last = bound(to, step > 0 ? length : -1, length, step);
    List<Object> cut = new ArrayList<>();
    for (long at = first; step > 0 ? at < last : at > last; at += step) {
      cut.add(items.get((int) at));
    }
    if (!(value instanceof Text)) {
      return cut;
    }
    Text.Builder text = new Text.Builder();
    cut.forEach(character -> text.add((Text) character));
    return text.text();
  }

  private static long bound(Object given, long otherwise, int length, long step) {
    if (given == Values.NONE) {
      return otherwise;
    }
    long place = Values.whole(given);
    place = place < 0 ? place + length : place;
    return step > 0
        ? Math.max(0, Math.min(length, place))
        : Math.max(-1, Math.min(length - 1, place));
  }
}
