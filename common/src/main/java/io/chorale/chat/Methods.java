package io.chorale.chat;

import io.chorale.chat.Values.Arguments;
import io.chorale.chat.Values.Callable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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

  private static Callable ofMap(Map<?, ?> map, String name) {
    return switch (name) {
      case "items" -> arguments -> entries(map);
      case "keys" -> arguments -> Values.items(map);
      case "values" -> arguments -> new ArrayList<Object>(map.values());
      case "get" ->
          arguments -> {
            Object found = map.get(Values.shown(arguments.require(0, "key")).toString());
            return found == null ? arguments.get(1, "default", Values.NONE) : found;
          };
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
      case "index" ->
          arguments -> {
            for (int i = 0; i < list.size(); i++) {
              if (Values.equal(list.get(i), arguments.require(0, "value"))) {
                return (long) i;
              }
            }
            throw new TemplateException("a value that is not in the list");
          };
      case "count" ->
          arguments ->
              list.stream()
                  .filter(item -> Values.equal(item, arguments.require(0, "value")))
                  .count();
      case "append", "extend", "insert", "pop", "remove", "reverse", "sort", "clear" ->
          refused(name);
      default -> null;
    };
  }

  private static Callable refused(String name) {
    return arguments -> {
      throw new TemplateException("a call of %s, which would change a value".formatted(name));
    };
  }

  private static Callable ofText(Text text, String name, Scope.Budget budget) {
    String chars = text.toString();
    return switch (name) {
      case "strip" -> arguments -> strip(text, arguments.get(0, "chars"), true, true);
      case "lstrip" -> arguments -> strip(text, arguments.get(0, "chars"), true, false);
      case "rstrip" -> arguments -> strip(text, arguments.get(0, "chars"), false, true);
      case "startswith" -> arguments -> any(arguments, chars::startsWith);
      case "endswith" -> arguments -> any(arguments, chars::endsWith);
      case "removeprefix" ->
          arguments -> {
            int cut = any(arguments, chars::startsWith) ? first(arguments).length() : 0;
            return text.part(cut, text.length());
          };
      case "removesuffix" ->
          arguments -> {
            int cut = any(arguments, chars::endsWith) ? first(arguments).length() : 0;
            return text.part(0, text.length() - cut);
          };
      case "find" -> arguments -> place(chars, chars.indexOf(first(arguments)));
      case "rfind" -> arguments -> place(chars, chars.lastIndexOf(first(arguments)));
      case "count" -> arguments -> (long) Splits.places(chars, first(arguments)).size();
      case "split" -> arguments -> Splits.split(text, arguments, false);
      case "rsplit" -> arguments -> Splits.split(text, arguments, true);
      case "splitlines" -> arguments -> Splits.lines(text);
      case "replace" -> arguments -> Splits.replace(text, arguments, budget);
      case "join" ->
          arguments -> Filters.join(Values.items(arguments.require(0, "all")), text, budget);
      case "lower" -> arguments -> text.recased(chars.toLowerCase(Locale.ROOT));
      case "upper" -> arguments -> text.recased(chars.toUpperCase(Locale.ROOT));
      case "capitalize" -> arguments -> Filters.capitalized(text);
      case "title" -> arguments -> Filters.titled(text);
      case "isdigit" ->
          arguments -> !chars.isEmpty() && chars.codePoints().allMatch(Character::isDigit);
      case "isspace" ->
          arguments -> !chars.isEmpty() && chars.chars().allMatch(c -> Values.isSpace((char) c));
      case "isalpha" ->
          arguments -> !chars.isEmpty() && chars.codePoints().allMatch(Character::isLetter);
      case "isupper" ->
          arguments ->
              chars.equals(chars.toUpperCase(Locale.ROOT))
                  && chars.codePoints().anyMatch(Character::isUpperCase);
      case "islower" ->
          arguments ->
              chars.equals(chars.toLowerCase(Locale.ROOT))
                  && chars.codePoints().anyMatch(Character::isLowerCase);
      default -> null;
    };
  }

  private static String first(Arguments arguments) {
    return Values.text(arguments.require(0, "part")).toString();
  }

  /** The place of a character among code points, as Python counts. */
  private static long place(String chars, int index) {
    return index < 0 ? -1 : chars.codePointCount(0, index);
  }

  private static boolean any(Arguments arguments, Predicate<String> holds) {
    Object given = arguments.require(0, "part");
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
