package io.chorale.chat;

import io.chorale.chat.Values.Arguments;
import io.chorale.chat.Values.Undefined;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The filters behind a bar. */
final class Filters {
  /** Computes a filter's result. */
  interface Body {
    Object apply(Object value, Arguments arguments, Scope.Budget budget);
  }

  /**
   * A filter of a value.
   *
   * @param signature of its arguments; null for one that hands them to another filter or test
   */
  record Filter(String name, Signature signature, Body body) {
    Object apply(Object value, Arguments arguments, Scope.Budget budget) {
      return body.apply(value, signature == null ? arguments : signature.bound(arguments), budget);
    }
  }

  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");

  private static final Map<String, Filter> ALL =
      Stream.of(
              // of texts
              filter(
                  "trim",
                  (v, a, b) -> Methods.strip(Values.shown(v), a.get(0), true, true),
                  "chars"),
              filter("upper", (v, a, b) -> Cases.upper(Values.shown(v))),
              filter("lower", (v, a, b) -> Cases.lower(Values.shown(v))),
              filter("capitalize", (v, a, b) -> Cases.capitalized(Values.shown(v))),
              filter("title", (v, a, b) -> Cases.titled(Values.shown(v), Cases.WORDS)),
              filter(
                  "replace",
                  (v, a, b) -> Splits.replace(Values.shown(v), a, b),
                  "old",
                  "new",
                  "count"),
              filter("indent", Filters::indented, "width", "first", "blank"),
              filter("string", (v, a, b) -> Values.shown(v)),
              filter("safe", (v, a, b) -> v),
              filter("tojson", Filters::json, "ensure_ascii", "indent", "separators", "sort_keys"),
              // of numbers
              filter("int", (v, a, b) -> whole(v, a), "default"),
              filter(
                  "float",
                  (v, a, b) -> real(v).<Object>map(x -> x).orElse(a.get(0, 0.0)),
                  "default"),
              filter(
                  "abs", (v, a, b) -> Values.compare(v, 0L) < 0 ? Arithmetic.of("-", 0L, v, b) : v),
              // of all values
              filter("default", (v, a, b) -> otherwise(v, a), "default_value", "boolean"),
              filter("d", (v, a, b) -> otherwise(v, a), "default_value", "boolean"),
              // of lists and maps
              filter("length", (v, a, b) -> length(v)),
              filter("count", (v, a, b) -> length(v)),
              filter("first", (v, a, b) -> ListFilters.end(v, true)),
              filter("last", (v, a, b) -> ListFilters.end(v, false)),
              filter("list", (v, a, b) -> Values.items(v)),
              filter("items", (v, a, b) -> ListFilters.items(v)),
              filter("dictsort", ListFilters::sortedMap, "case_sensitive", "by", "reverse"),
              filter("join", ListFilters::joined, "d", "attribute"),
              filter("reverse", (v, a, b) -> ListFilters.reversed(v, b)),
              filter("sort", ListFilters::sorted, "reverse", "case_sensitive", "attribute"),
              filter("unique", ListFilters::unique, "case_sensitive", "attribute"),
              new Filter("map", null, ListFilters::mapped),
              new Filter("select", null, (v, a, b) -> ListFilters.selected(v, a, "", true, b)),
              new Filter("reject", null, (v, a, b) -> ListFilters.selected(v, a, "", false, b)),
              new Filter("selectattr", null, (v, a, b) -> ListFilters.selectedBy(v, a, true, b)),
              new Filter("rejectattr", null, (v, a, b) -> ListFilters.selectedBy(v, a, false, b)))
          .collect(Collectors.toMap(Filter::name, Function.identity()));

  private Filters() {}

  private static Filter filter(String name, Body body, String... parameters) {
    return new Filter(name, Signature.of("the filter " + name, parameters), body);
  }

  static Optional<Filter> find(String name) {
    return Optional.ofNullable(ALL.get(name));
  }

  private static Object length(Object value) {
    return value instanceof Text text
        ? (long) text.toString().codePointCount(0, text.length())
        : (long) Values.items(value).size();
  }

  private static Object otherwise(Object value, Arguments arguments) {
    boolean blank = Values.isTrue(arguments.get(1, false)) && !Values.isTrue(value);
    return value instanceof Undefined || blank ? arguments.get(0, Text.EMPTY) : value;
  }

  /** A whole number: of a real one, what stands before its point. */
  private static Object whole(Object value, Arguments arguments) {
    if (value instanceof Long) {
      return value;
    }
    try {
      return Long.parseLong(Values.shown(value).toString().strip());
    } catch (NumberFormatException e) {
      return real(value).<Object>map(Filters::truncated).orElse(arguments.get(0, 0L));
    }
  }

  private static long truncated(double value) {
    if (!(Math.abs(value) < 0x1p63)) {
      throw new TemplateException("a number that is too large");
    }
    return (long) value;
  }

  /** The real number that a value is or spells, as Python reads it. */
  private static Optional<Double> real(Object value) {
    if (Values.isNumeric(value)) {
      return Optional.of(Values.real(value));
    }
    String spelled = Values.shown(value).toString().strip();
    return NUMBER.matcher(spelled).matches()
        ? Optional.of(Double.valueOf(spelled))
        : Optional.empty();
  }

  private static Object json(Object value, Arguments arguments, Scope.Budget budget) {
    Object indent = arguments.get(1, Values.NONE);
    boolean lines = indent != Values.NONE;
    Object separators = arguments.get(2, Values.NONE);
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
            Values.isTrue(arguments.get(0, false)),
            Values.isTrue(arguments.get(3, false))));
  }

  private static Object indented(Object value, Arguments arguments, Scope.Budget budget) {
    Text text = Values.shown(value);
    Object width = arguments.get(0, 4L);
    String blanks =
        width instanceof Text given
            ? given.toString()
            : " ".repeat((int) Math.max(0, Math.min(1000, Values.whole(width))));
    boolean first = Values.isTrue(arguments.get(1, false));
    boolean blank = Values.isTrue(arguments.get(2, false));
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
}
