package io.chorale.chat;

import io.chorale.chat.Values.Arguments;
import io.chorale.chat.Values.Undefined;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The filters of lists and maps. */
final class ListFilters {
  private ListFilters() {}

  static Object end(Object value, boolean first) {
    List<Object> items = Values.items(value);
    return items.isEmpty() ? new Undefined("an entry") : items.get(first ? 0 : items.size() - 1);
  }

  static List<Object> items(Object value) {
    if (value instanceof Undefined) {
      return new ArrayList<>();
    }
    if (value instanceof Map<?, ?> map) {
      return Methods.entries(map);
    }
    throw new TemplateException("%s, expected a map".formatted(Values.kind(value)));
  }

  static Object joined(Object value, Arguments arguments, Scope.Budget budget) {
    List<Object> items = Values.items(value);
    items.replaceAll(item -> part(item, arguments.get(1)));
    return join(items, Values.shown(arguments.get(0, Text.EMPTY)), budget);
  }

  /** Values with a text between each two of them. */
  static Text join(List<Object> items, Text between, Scope.Budget budget) {
    Text.Builder all = new Text.Builder();
    for (int i = 0; i < items.size(); i++) {
      Text item = Values.shown(items.get(i));
      budget.spend(1L + between.length() + item.length());
      all.add(i == 0 ? Text.EMPTY : between).add(item);
    }
    return all.text();
  }

  static Object reversed(Object value, Scope.Budget budget) {
    List<Object> items = Values.items(value);
    Collections.reverse(items);
    return value instanceof Text ? join(items, Text.EMPTY, budget) : items;
  }

  static Object sorted(Object value, Arguments arguments, Scope.Budget budget) {
    return sorted(
        Values.items(value), arguments.get(0), arguments.get(1), arguments.get(2), budget);
  }

  static Object sortedMap(Object value, Arguments arguments, Scope.Budget budget) {
    String by = Values.text(arguments.get(1, Text.of("key"))).toString();
    if (!by.equals("key") && !by.equals("value")) {
      throw new TemplateException("dictsort by something else than key or value");
    }
    Object place = by.equals("key") ? 0L : 1L;
    return sorted(items(value), arguments.get(2), arguments.get(0), place, budget);
  }

  private static Object sorted(
      List<Object> items, Object reverse, Object cases, Object attribute, Scope.Budget budget) {
    budget.spend(20L * items.size());
    Comparator<Object> order =
        (left, right) ->
            Values.compare(keyed(left, cases, attribute), keyed(right, cases, attribute));
    items.sort(isTrue(reverse) ? order.reversed() : order);
    return items;
  }

  private static boolean isTrue(Object argument) {
    return argument != null && Values.isTrue(argument);
  }

  /** The key that an entry is sorted by; where cases do not count, in small letters. */
  private static Object keyed(Object item, Object cases, Object attribute) {
    Object key = part(item, attribute);
    return key instanceof Text text && !isTrue(cases) ? Cases.lower(text) : key;
  }

  static Object unique(Object value, Arguments arguments, Scope.Budget budget) {
    List<Object> keys = new ArrayList<>();
    List<Object> found = new ArrayList<>();
    for (Object item : Values.items(value)) {
      budget.spend(1L + keys.size());
      Object key = keyed(item, arguments.get(0), arguments.get(1));
      if (keys.stream().noneMatch(known -> Values.equal(known, key))) {
        keys.add(key);
        found.add(item);
      }
    }
    return found;
  }

  /** An attribute, or one of an attribute: {@code function.name}; the value itself for null. */
  private static Object part(Object value, Object attribute) {
    if (attribute == null) {
      return value;
    }
    Object found = value;
    for (String name : Values.shown(attribute).toString().split("\\.")) {
      Object key = name.matches("\\d{1,9}") ? (Object) Long.valueOf(name) : Text.of(name);
      found = Members.item(found, key);
    }
    return found;
  }

  /** Applies a filter to each entry, or takes an attribute of each. */
  static Object mapped(Object value, Arguments arguments, Scope.Budget budget) {
    List<Object> items = Values.items(value);
    Map<String, Object> named = new LinkedHashMap<>(arguments.named());
    Object attribute = named.remove("attribute");
    if (attribute != null) {
      Object otherwise = named.remove("default");
      new Signature("the filter map by an attribute", List.of())
          .check(arguments.placed().size(), named.keySet());
      items.replaceAll(
          item -> {
            Object found = part(item, attribute);
            return found instanceof Undefined && otherwise != null ? otherwise : found;
          });
      return items;
    }
    String name = name(arguments);
    Filters.Filter filter =
        Filters.find(name)
            .orElseThrow(
                () -> new TemplateException("the filter %s, which is not known".formatted(name)));
    Arguments rest = rest(arguments);
    items.replaceAll(item -> budget.made(filter.apply(item, rest, budget)));
    return items;
  }

  private static String name(Arguments arguments) {
    return Values.text(arguments.require(0)).toString();
  }

  private static Arguments rest(Arguments arguments) {
    List<Object> placed = arguments.placed();
    return new Arguments(
        placed.subList(Math.min(1, placed.size()), placed.size()), arguments.named());
  }

  /** The entries of whose attribute a test holds, or not. */
  static Object selectedBy(
      Object value, Arguments arguments, boolean holding, Scope.Budget budget) {
    return selected(value, rest(arguments), name(arguments), holding, budget);
  }

  /**
   * The entries of which a test holds, or of an attribute of theirs; without a test, what counts as
   * true.
   *
   * @param attribute empty for the entries themselves
   * @param holding whether those of which it does not hold are left out, or the others
   */
  static Object selected(
      Object value, Arguments test, String attribute, boolean holding, Scope.Budget budget) {
    TypeTests.Test holds =
        test.placed().isEmpty()
            ? TypeTests.TRUE
            : TypeTests.find(name(test))
                .orElseThrow(
                    () ->
                        new TemplateException(
                            "the test %s, which is not known".formatted(name(test))));
    List<Object> found = new ArrayList<>();
    for (Object item : Values.items(value)) {
      budget.spend(1);
      Object tested = part(item, attribute.isEmpty() ? null : Text.of(attribute));
      if (holds.holds(tested, rest(test)) == holding) {
        found.add(item);
      }
    }
    return found;
  }
}
