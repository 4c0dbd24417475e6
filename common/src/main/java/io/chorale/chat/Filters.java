package io.chorale.chat;

import io.chorale.chat.Values.Arguments;
import io.chorale.chat.Values.Undefined;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The filters behind a bar. */
final class Filters {
  /** A filter of a value. */
  interface Filter {
    Object apply(Object value, Arguments arguments, Scope.Budget budget);
  }

  private static final Map<String, Filter> ALL =
      Map.ofEntries(
          Map.entry(
              "trim", (v, a, b) -> Methods.strip(Values.shown(v), a.get(0, "chars"), true, true)),
          Map.entry("length", (v, a, b) -> length(v)),
          Map.entry("count", (v, a, b) -> length(v)),
          Map.entry("first", (v, a, b) -> end(v, 0)),
          Map.entry("last", (v, a, b) -> end(v, -1)),
          Map.entry("list", (v, a, b) -> Values.items(v)),
          Map.entry("items", (v, a, b) -> items(v)),
          Map.entry("dictsort", (v, a, b) -> Methods.entries(new TreeMap<>(map(v)))),
          Map.entry("join", Filters::joined),
          Map.entry("default", (v, a, b) -> otherwise(v, a)),
          Map.entry("d", (v, a, b) -> otherwise(v, a)),
          Map.entry("upper", (v, a, b) -> recased(v, true)),
          Map.entry("lower", (v, a, b) -> recased(v, false)),
          Map.entry("capitalize", (v, a, b) -> capitalized(Values.shown(v))),
          Map.entry("title", (v, a, b) -> titled(Values.shown(v))),
          Map.entry("replace", (v, a, b) -> Splits.replace(Values.shown(v), a, b)),
          Map.entry("string", (v, a, b) -> Values.shown(v)),
          Map.entry("safe", (v, a, b) -> v),
          Map.entry("int", (v, a, b) -> number(v, a, true)),
          Map.entry("float", (v, a, b) -> number(v, a, false)),
          Map.entry(
              "abs", (v, a, b) -> Values.compare(v, 0L) < 0 ? Arithmetic.of("-", 0L, v, b) : v),
          Map.entry("reverse", (v, a, b) -> reversed(v, b)),
          Map.entry("sort", (v, a, b) -> sorted(v, a, b)),
          Map.entry("unique", (v, a, b) -> unique(v, b)),
          Map.entry("tojson", (v, a, b) -> json(v, a)),
          Map.entry("indent", (v, a, b) -> indented(Values.shown(v), a, b)),
          Map.entry("map", Filters::mapped),
          Map.entry("select", (v, a, b) -> selected(v, a, "", true, b)),
          Map.entry("reject", (v, a, b) -> selected(v, a, "", false, b)),
          Map.entry("selectattr", (v, a, b) -> selected(v, rest(a), name(a), true, b)),
          Map.entry("rejectattr", (v, a, b) -> selected(v, rest(a), name(a), false, b)));

  private Filters() {}

  static Optional<Filter> find(String name) {
    return Optional.ofNullable(ALL.get(name));
  }

  private static Object length(Object value) {
    return value instanceof Text text
        ? (long) text.toString().codePointCount(0, text.length())
        : (long) Values.items(value).size();
  }

  private static Object end(Object value, long index) {
    List<Object> items = Values.items(value);
    return items.isEmpty()
        ? new Undefined("an entry")
        : items.get(index < 0 ? items.size() - 1 : 0);
  }

  private static Map<String, Object> map(Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<String, Object> copy = new LinkedHashMap<>();
      map.forEach((key, entry) -> copy.put(key.toString(), entry));
      return copy;
    }
    throw new TemplateException("%s, expected a map".formatted(Values.kind(value)));
  }

  private static Object items(Object value) {
    return value instanceof Undefined ? List.of() : Methods.entries(map(value));
  }

  private static Object joined(Object value, Arguments arguments, Scope.Budget budget) {
    Object attribute = arguments.get(1, "attribute");
    List<Object> items = Values.items(value);
    if (attribute != null) {
      items.replaceAll(item -> path(item, Values.shown(attribute).toString()));
    }
    return join(items, Values.shown(arguments.get(0, "d", Text.EMPTY)), budget);
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

  private static Object otherwise(Object value, Arguments arguments) {
    boolean blank = Values.isTrue(arguments.get(1, "boolean", false)) && !Values.isTrue(value);
    return value instanceof Undefined || blank
        ? arguments.get(0, "default_value", Text.EMPTY)
        : value;
  }

  private static Text recased(Object value, boolean upper) {
    Text text = Values.shown(value);
    String chars = text.toString();
    return text.recased(upper ? chars.toUpperCase(Locale.ROOT) : chars.toLowerCase(Locale.ROOT));
  }

  static Text capitalized(Text text) {
    String chars = text.toString();
    if (chars.isEmpty()) {
      return text;
    }
    int first = chars.offsetByCodePoints(0, 1);
    return text.recased(
        chars.substring(0, first).toUpperCase(Locale.ROOT)
            + chars.substring(first).toLowerCase(Locale.ROOT));
  }

  static Text titled(Text text) {
    StringBuilder titled = new StringBuilder();
    boolean inside = false;
    for (char c : text.toString().toCharArray()) {
      titled.append(inside ? Character.toLowerCase(c) : Character.toTitleCase(c));
      inside = Character.isLetterOrDigit(c) || c == '\'';
    }
    return text.recased(titled.toString());
  }

  private static Object number(Object value, Arguments arguments, boolean whole) {
    try {
      if (Values.isNumeric(value)) {
        return whole ? (Object) (long) Values.real(value) : (Object) Values.real(value);
      }
      String chars = Values.shown(value).toString().strip();
      return whole ? (Object) Long.parseLong(chars) : (Object) Double.parseDouble(chars);
    } catch (NumberFormatException e) {
      return arguments.get(0, "default", whole ? (Object) 0L : (Object) 0.0);
    }
  }

  private static Object reversed(Object value, Scope.Budget budget) {
    List<Object> items = Values.items(value);
    Collections.reverse(items);
    return value instanceof Text ? join(items, Text.EMPTY, budget) : items;
  }

  private static Object sorted(Object value, Arguments arguments, Scope.Budget budget) {
    List<Object> items = Values.items(value);
    budget.spend(20L * items.size());
    Object attribute = arguments.get(2, "attribute");
    Comparator<Object> order =
        (left, right) -> Values.compare(keyed(left, attribute), keyed(right, attribute));
    items.sort(Values.isTrue(arguments.get(0, "reverse", false)) ? order.reversed() : order);
    return items;
  }

  /** Case does not count. */
  private static Object keyed(Object item, Object attribute) {
    Object key = attribute == null ? item : path(item, Values.shown(attribute).toString());
    return key instanceof Text text ? recased(text, false) : key;
  }

  private static Object unique(Object value, Scope.Budget budget) {
    List<Object> found = new ArrayList<>();
    for (Object item : Values.items(value)) {
      budget.spend(found.size());
      if (found.stream().noneMatch(one -> Values.equal(keyed(one, null), keyed(item, null)))) {
        found.add(item);
      }
    }
    return found;
  }

  private static Object json(Object value, Arguments arguments) {
    Object indent = arguments.get(1, "indent", Values.NONE);
    boolean lines = indent != Values.NONE;
    Object separators = arguments.get(2, "separators", Values.NONE);
    List<Object> between =
        separators == Values.NONE
            ? List.of(Text.of(lines ? "," : ", "), Text.of(": "))
            : Values.items(separators);
    if (between.size() != 2) {
      throw new TemplateException("separators that are not two");
    }
    int blanks = lines ? (int) Math.max(0, Math.min(100, Values.whole(indent))) : -1;
    return Literals.json(
        value,
        new Literals.Json(
            blanks,
            between.get(0).toString(),
            between.get(1).toString(),
            Values.isTrue(arguments.get(0, "ensure_ascii", false)),
            Values.isTrue(arguments.get(3, "sort_keys", false))));
  }

  private static Object indented(Text text, Arguments arguments, Scope.Budget budget) {
    Object width = arguments.get(0, "width", 4L);
    String blanks =
        width instanceof Text given
            ? given.toString()
            : " ".repeat((int) Math.max(0, Math.min(1000, Values.whole(width))));
    boolean first = Values.isTrue(arguments.get(1, "first", false));
    boolean blank = Values.isTrue(arguments.get(2, "blank", false));
    Text.Builder all = new Text.Builder();
    int from = 0;
    while (from <= text.length()) {
      int end = text.toString().indexOf('\n', from);
      int to = end < 0 ? text.length() : end;
      boolean indents = from == 0 ? first : blank || to > from;
      budget.spend(1L + blanks.length());
      all.add(indents ? blanks : "").add(text.part(from, Math.min(text.length(), to + 1)));
      from = end < 0 ? text.length() + 1 : end + 1;
    }
    return all.text();
  }

  /** An attribute, or one of an attribute: {@code function.name}. */
  private static Object path(Object value, String path) {
    Object found = value;
    for (String name : path.split("\\.")) {
      Object key = name.matches("\\d{1,9}") ? (Object) Long.valueOf(name) : Text.of(name);
      found = Members.item(found, key);
    }
    return found;
  }

  private static Object mapped(Object value, Arguments arguments, Scope.Budget budget) {
    List<Object> items = Values.items(value);
    Object attribute = arguments.named().get("attribute");
    if (attribute != null) {
      Object otherwise = arguments.named().get("default");
      items.replaceAll(
          item -> {
            Object found = path(item, Values.shown(attribute).toString());
            return found instanceof Undefined && otherwise != null ? otherwise : found;
          });
      return items;
    }
    String name = name(arguments);
    Filter filter =
        find(name)
            .orElseThrow(
                () -> new TemplateException("the filter %s, which is not known".formatted(name)));
    Arguments rest = rest(arguments);
    items.replaceAll(item -> budget.made(filter.apply(item, rest, budget)));
    return items;
  }

  private static String name(Arguments arguments) {
    return Values.text(arguments.require(0, "name")).toString();
  }

  private static Arguments rest(Arguments arguments) {
    List<Object> placed = arguments.placed();
    return new Arguments(
        placed.subList(Math.min(1, placed.size()), placed.size()), arguments.named());
  }

  /**
   * The entries of which a test holds, or of an attribute of theirs; without a test, what counts as
   * true.
   */
  private static Object selected(
      Object value, Arguments test, String attribute, boolean holding, Scope.Budget budget) {
    TypeTests.Test holds = (item, arguments) -> Values.isTrue(item);
    if (!test.placed().isEmpty()) {
      String name = name(test);
      holds =
          TypeTests.find(name)
              .orElseThrow(
                  () -> new TemplateException("the test %s, which is not known".formatted(name)));
    }
    List<Object> found = new ArrayList<>();
    for (Object item : Values.items(value)) {
      budget.spend(1);
      Object tested = attribute.isEmpty() ? item : path(item, attribute);
      if (holds.holds(tested, rest(test)) == holding) {
        found.add(item);
      }
    }
    return found;
  }
}
