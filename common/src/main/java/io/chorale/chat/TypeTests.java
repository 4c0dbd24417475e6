package io.chorale.chat;

import io.chorale.chat.Values.Arguments;
import io.chorale.chat.Values.Undefined;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The tests behind {@code is}. */
final class TypeTests {
  /** A test of a value, alone or with another one. */
  record Test(String name, Signature signature, BiPredicate<Object, Object> body) {
    boolean holds(Object value, Arguments arguments) {
      Arguments bound = signature.bound(arguments);
      return body.test(value, signature.parameters().isEmpty() ? null : bound.require(0));
    }
  }

  /** Whether a value counts as true. */
  static final Test TRUE = test("what is true", Values::isTrue);

  private static final Map<String, Test> ALL =
      Stream.of(
              test("defined", v -> !(v instanceof Undefined)),
              test("undefined", v -> v instanceof Undefined),
              test("none", v -> v == Values.NONE),
              test("string", v -> v instanceof Text),
              test("mapping", v -> v instanceof Map),
              test("sequence", TypeTests::iterable),
              test("iterable", TypeTests::iterable),
              test("number", Values::isNumeric),
              test("integer", v -> v instanceof Long),
              test("float", v -> v instanceof Double),
              test("boolean", v -> v instanceof Boolean),
              test("true", Boolean.TRUE::equals),
              test("false", Boolean.FALSE::equals),
              test("callable", v -> v instanceof Values.Callable),
              test("odd", v -> Math.floorMod(Values.whole(v), 2) == 1),
              test("even", v -> Math.floorMod(Values.whole(v), 2) == 0),
              test("lower", v -> Cases.isLower(Values.shown(v).toString())),
              test("upper", v -> Cases.isUpper(Values.shown(v).toString())),
              test("divisibleby", "num", TypeTests::divisible),
              test("sameas", "other", (v, other) -> v == other),
              comparison("in", "in"),
              comparison("==", "=="),
              comparison("eq", "=="),
              comparison("equalto", "=="),
              comparison("ne", "!="),
              comparison("lt", "<"),
              comparison("le", "<="),
              comparison("gt", ">"),
              comparison("ge", ">="))
          .collect(Collectors.toMap(Test::name, Function.identity()));

  private TypeTests() {}

  private static Test test(String name, Predicate<Object> holds) {
    return new Test(name, signature(name), (value, none) -> holds.test(value));
  }

  private static Test test(String name, String parameter, BiPredicate<Object, Object> holds) {
    return new Test(name, signature(name, parameter), holds);
  }

  private static Test comparison(String name, String operator) {
    return test(name, "other", (value, other) -> ExpressionParser.holds(operator, value, other));
  }

  private static Signature signature(String name, String... parameters) {
    return new Signature("the test " + name, List.of(parameters));
  }

  static Optional<Test> find(String name) {
    return Optional.ofNullable(ALL.get(name));
  }

  private static boolean iterable(Object value) {
    return value instanceof Text
        || value instanceof List
        || value instanceof Map
        || value instanceof Undefined;
  }

  private static boolean divisible(Object value, Object by) {
    if (Values.whole(by) == 0) {
      throw new TemplateException("a division by zero");
    }
    return Values.whole(value) % Values.whole(by) == 0;
  }
}
