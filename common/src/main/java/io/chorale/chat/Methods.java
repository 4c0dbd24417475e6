package io.chorale.chat;

import io.chorale.chat.Values.Arguments;
import io.chorale.chat.Values.Callable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.Predicate;

/** The methods of strings, lists and maps that templates call. None changes its value. */
final class Methods {
  private Methods() {}

  /** A method of a value; null where it has none of that name. */
  static Callable find(Object value, String name, Scope.Budget budget) {
    if (value instanceof Text text) {
      return ofText(text, name, budget);
    }
    if (value instanceof Map<?, ?> map) {
      return ofMap(map, name);
    }
    return value instanceof List<?> list ? ofList(list, name) : null;
  }

  private static Callable method(String name, Callable function, String... parameters) {
    return Signature.of(name, parameters).calling(function);
  }

  private static Callable ofMap(Map<?, ?> map, String name) {
    return switch (name) {
      case "items" -> method(name, a -> entries(map));
      case "keys" -> method(name, a -> Values.items(map));
      case "values" -> method(name, a -> new ArrayList<Object>(map.values()));
      case "get" ->
          method(
              name,
              a -> {
                Object found = map.get(Values.shown(a.require(0)).toString());
                return found == null ? a.get(1, Values.NONE) : found;
              },
              "key",
              "default");
      case "update", "pop", "popitem", "clear", "setdefault" -> refused(name);
      default -> null;
    };
  }

  /** Each key with its value. */
  static List<Object> entries(Map<?, ?> map) {
    List<Object> entries = new ArrayList<>();
    map.forEach((key, value) -> entries.add(List.of(Text.given(key.toString()), value)));
    return entries;
  }

  private static Callable ofList(List<?> list, String name) {
    return switch (name) {
      case "index" -> method(name, a -> place(list, a.require(0)), "value");
      case "count" -> method(name, a -> count(list, a.require(0)), "value");
      case "append", "extend", "insert", "pop", "remove", "reverse", "sort", "clear" ->
          refused(name);
      default -> null;
    };
  }

  private static long place(List<?> list, Object value) {
    for (int i = 0; i < list.size(); i++) {
      if (Values.equal(list.get(i), value)) {
        return i;
      }
    }
    throw new TemplateException("a value that is not in the list");
  }

  private static long count(List<?> list, Object value) {
    return list.stream().filter(item -> Values.equal(item, value)).count();
  }

  private static Callable refused(String name) {
    return arguments -> {
      throw new TemplateException("a call of %s, which would change a value".formatted(name));
    };
  }

  private static Callable ofText(Text text, String name, Scope.Budget budget) {
    String chars = text.toString();
    return switch (name) {
      case "strip" -> method(name, a -> strip(text, a.get(0), true, true), "chars");
      case "lstrip" -> method(name, a -> strip(text, a.get(0), true, false), "chars");
      case "rstrip" -> method(name, a -> strip(text, a.get(0), false, true), "chars");
      case "startswith" -> method(name, a -> any(a, chars::startsWith), "prefix");
      case "endswith" -> method(name, a -> any(a, chars::endsWith), "suffix");
      case "removeprefix" ->
          method(
              name,
              a -> text.part(any(a, chars::startsWith) ? first(a).length() : 0, text.length()),
              "prefix");
      case "removesuffix" ->
          method(
              name,
              a -> text.part(0, text.length() - (any(a, chars::endsWith) ? first(a).length() : 0)),
              "suffix");
      case "find" -> method(name, a -> place(chars, chars.indexOf(first(a))), "sub");
      case "rfind" -> method(name, a -> place(chars, chars.lastIndexOf(first(a))), "sub");
      case "count" -> method(name, a -> (long) Splits.places(chars, first(a)).size(), "sub");
      case "split" -> method(name, a -> Splits.split(text, a, false), "sep", "maxsplit");
      case "rsplit" -> method(name, a -> Splits.split(text, a, true), "sep", "maxsplit");
      case "splitlines" -> method(name, a -> Splits.lines(text));
      case "replace" -> method(name, a -> Splits.replace(text, a, budget), "old", "new", "count");
      case "join" ->
          method(name, a -> ListFilters.join(Values.items(a.require(0)), text, budget), "iterable");
      case "lower" -> method(name, a -> Cases.lower(text));
      case "upper" -> method(name, a -> Cases.upper(text));
      case "capitalize" -> method(name, a -> Cases.capitalized(text));
      case "title" -> method(name, a -> Cases.titled(text, Cases.LETTERS));
      case "isdigit" -> method(name, a -> all(chars, Character::isDigit));
      case "isspace" -> method(name, a -> all(chars, Values::isSpace));
      case "isalpha" -> method(name, a -> all(chars, Character::isLetter));
      case "isupper" -> method(name, a -> Cases.isUpper(chars));
      case "islower" -> method(name, a -> Cases.isLower(chars));
      default -> null;
    };
  }

  private static boolean all(String chars, IntPredicate holds) {
    return !chars.isEmpty() && chars.codePoints().allMatch(holds);
  }

  private static String first(Arguments arguments) {
    return Values.text(arguments.require(0)).toString();
  }

  /** The place of a character among code points, as Python counts. */
  private static long place(String chars, int index) {
    return index < 0 ? -1 : chars.codePointCount(0, index);
  }

  private static boolean any(Arguments arguments, Predicate<String> holds) {
    Object given = arguments.require(0);
    List<?> all = given instanceof List<?> list ? list : List.of(given);
    return all.stream().anyMatch(each -> holds.test(Values.text(each).toString()));
  }

  /** A text without some characters at its ends. */
  static Text strip(Text text, Object chars, boolean left, boolean right) {
    String set = chars == null || chars == Values.NONE ? null : Values.text(chars).toString();
    int from = 0;
    int to = text.length();
    while (left && from < to && strips(set, text.at(from))) {
      from++;
    }
    while (right && from < to && strips(set, text.at(to - 1))) {
      to--;
    }
    return text.part(from, to);
  }

  private static boolean strips(String set, char c) {
    return set == null ? Values.isSpace(c) : set.indexOf(c) >= 0;
  }
}
