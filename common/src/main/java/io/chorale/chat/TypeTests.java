package io.chorale.chat;

import io.chorale.chat.Values.Arguments;
import io.chorale.chat.Values.Undefined;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The tests behind {@code is}. */
final class TypeTests {
  /** A test of a value. */
  interface Test {
    boolean holds(Object value, Arguments arguments);
  }

  private static final Map<String, Test> ALL =
      Map.ofEntries(
          Map.entry("defined", (v, a) -> !(v instanceof Undefined)),
          Map.entry("undefined", (v, a) -> v instanceof Undefined),
          Map.entry("none", (v, a) -> v == Values.NONE),
          Map.entry("string", (v, a) -> v instanceof Text),
          Map.entry("mapping", (v, a) -> v instanceof Map),
          Map.entry("sequence", (v, a) -> iterable(v)),
          Map.entry("iterable", (v, a) -> iterable(v)),
          Map.entry("number", (v, a) -> Values.isNumeric(v)),
          Map.entry("integer", (v, a) -> v instanceof Long),
          Map.entry("float", (v, a) -> v instanceof Double),
          Map.entry("boolean", (v, a) -> v instanceof Boolean),
          Map.entry("true", (v, a) -> Boolean.TRUE.equals(v)),
          Map.entry("false", (v, a) -> Boolean.FALSE.equals(v)),
          Map.entry("callable", (v, a) -> v instanceof Values.Callable),
          Map.entry("odd", (v, a) -> Math.floorMod(Values.whole(v), 2) == 1),
          Map.entry("even", (v, a) -> Math.floorMod(Values.whole(v), 2) == 0),
          Map.entry("divisibleby", TypeTests::divisible),
          Map.entry("lower", (v, a) -> cased(v, v.toString().toLowerCase(Locale.ROOT))),
          Map.entry("upper", (v, a) -> cased(v, v.toString().toUpperCase(Locale.ROOT))),
          Map.entry("sameas", (v, a) -> v == a.require(0, "other")),
          Map.entry("in", comparison("in")),
          Map.entry("==", comparison("==")),
          Map.entry("eq", comparison("==")),
          Map.entry("equalto", comparison("==")),
          Map.entry("ne", comparison("!=")),
          Map.entry("lt", comparison("<")),
          Map.entry("le", comparison("<=")),
          Map.entry("gt", comparison(">")),
          Map.entry("ge", comparison(">=")));

  private TypeTests() {}

  static Optional<Test> find(String name) {
    return Optional.ofNullable(ALL.get(name));
  }

  private static Test comparison(String operator) {
    return (value, arguments) ->
        ExpressionParser.holds(operator, value, arguments.require(0, "other"));
  }

  private static boolean iterable(Object value) {
    return value instanceof Text
        || value instanceof List
        || value instanceof Map
        || value instanceof Undefined;
  }

  private static boolean divisible(Object value, Arguments arguments) {
    long by = Values.whole(arguments.require(0, "num"));
    if (by == 0) {
      throw new TemplateException("a division by zero");
    }
    return Values.whole(value) % by == 0;
  }

  private static boolean cased(Object value, String cased) {
    return value instanceof Text && value.toString().equals(cased);
  }
}
