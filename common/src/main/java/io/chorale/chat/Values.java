package io.chorale.chat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The values of templates, with Python's meaning: {@link Text}, {@code Long}, {@code Double},
 * {@code Boolean}, {@link #NONE}, {@link Undefined}, lists, maps by strings, and {@link Callable}s.
 */
final class Values {
  /** Nothing, as a value. */
  static final Object NONE =
      new Object() {
        @Override
        public String toString() {
          return "None";
        }
      };

  private Values() {}

  /** What a template asks for and does not exist; only tests and an output may look at it. */
  record Undefined(String name) {}

  /** Something to be called. */
  interface Callable {
    Object call(Arguments arguments);
  }

  /** Attributes that a template may set. */
  record Namespace(Map<String, Object> attributes) {}

  /**
   * The arguments of a call.
   *
   * @param named by their names
   */
  record Arguments(List<Object> placed, Map<String, Object> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());

    /** An argument by its place; null where it is not there. */
    Object get(int place) {
      return place < placed.size() ? placed.get(place) : null;
    }

    Object get(int place, Object otherwise) {
      Object value = get(place);
      return value == null ? otherwise : value;
    }

    Object require(int place) {
      Object value = get(place);
      if (value == null) {
        throw new TemplateException("a call without its argument %d".formatted(place + 1));
      }
      return value;
    }
  }

  /** A value of JSON, as Jackson reads it, as one of a message. */
  static Object given(Object json) {
    if (json instanceof String text) {
      return Text.given(text);
    }
    if (json instanceof Map<?, ?> map) {
      Map<String, Object> values = new LinkedHashMap<>();
      map.forEach((key, value) -> values.put(key.toString(), given(value)));
      return values;
    }
    if (json instanceof List<?> list) {
      List<Object> values = new ArrayList<>(list.size());
      list.forEach(value -> values.add(given(value)));
      return values;
    }
    if (json == null) {
      return NONE;
    }
    return json instanceof Boolean
        ? json
        : json instanceof Integer || json instanceof Long
            ? (Object) ((Number) json).longValue()
            : (Object) ((Number) json).doubleValue();
  }

  static boolean isTrue(Object value) {
    if (value instanceof Boolean truth) {
      return truth;
    }
    if (value instanceof Text text) {
      return text.length() > 0;
    }
    if (value instanceof Number number) {
      return number.doubleValue() != 0;
    }
    if (value instanceof List<?> list) {
      return !list.isEmpty();
    }
    if (value instanceof Map<?, ?> map) {
      return !map.isEmpty();
    }
    return value != NONE && !(value instanceof Undefined);
  }

  /** The kind of a value, as Python calls it. */
  static String kind(Object value) {
    if (value instanceof Undefined undefined) {
      return "'%s', which is undefined".formatted(undefined.name());
    }
    if (value == NONE) {
      return "None";
    }
    return value instanceof Text
        ? "a string"
        : value instanceof Boolean
            ? "a truth value"
            : value instanceof Number
                ? "a number"
                : value instanceof List ? "a list" : value instanceof Map ? "a map" : "an object";
  }

  /** A value as an output shows it. */
  static Text shown(Object value) {
    return value instanceof Text text
        ? text
        : value instanceof Undefined ? Text.EMPTY : Literals.of(value);
  }

  static Text text(Object value) {
    if (value instanceof Text text) {
      return text;
    }
    throw new TemplateException("%s, expected a string".formatted(kind(value)));
  }

  static long whole(Object value) {
    if (value instanceof Long number) {
      return number;
    }
    if (value instanceof Boolean truth) {
      return truth ? 1 : 0;
    }
    throw new TemplateException("%s, expected a whole number".formatted(kind(value)));
  }

  /**
   * The items of a loop: entries of a list, keys of a map, characters of a string; nothing where a
   * value is undefined. The list is the caller's.
   */
  static List<Object> items(Object value) {
    if (value instanceof List<?> list) {
      return new ArrayList<>(list);
    }
    List<Object> items = new ArrayList<>();
    if (value instanceof Undefined) {
      return items;
    }
    if (value instanceof Map<?, ?> map) {
      map.keySet().forEach(key -> items.add(Text.given(key.toString())));
    } else if (value instanceof Text text) {
      for (int i = 0; i < text.length(); ) {
        int end = i + Character.charCount(text.toString().codePointAt(i));
        items.add(text.part(i, end));
        i = end;
      }
    } else {
      throw new TemplateException("%s, expected what a loop can go through".formatted(kind(value)));
    }
    return items;
  }

  /** Comparisons of entries within entries that one comparison may take. */
  private static final int MOST_COMPARED = 1 << 20;

  static boolean equal(Object left, Object right) {
    return equal(left, right, new int[] {MOST_COMPARED});
  }

  private static boolean equal(Object left, Object right, int[] rest) {
    if (rest[0]-- == 0) {
      throw new TemplateException("values too large to compare");
    }
    if (isNumeric(left) && isNumeric(right)) {
      return compare(left, right) == 0;
    }
    if (left instanceof List<?> one && right instanceof List<?> other) {
      boolean same = one.size() == other.size();
      for (int i = 0; same && i < one.size(); i++) {
        same = equal(one.get(i), other.get(i), rest);
      }
      return same;
    }
    if (left instanceof Map<?, ?> one && right instanceof Map<?, ?> other) {
      return one.keySet().equals(other.keySet())
          && one.keySet().stream().allMatch(key -> equal(one.get(key), other.get(key), rest));
    }
    return left instanceof Undefined ? right instanceof Undefined : left.equals(right);
  }

  static boolean isNumeric(Object value) {
    return value instanceof Number || value instanceof Boolean;
  }

  static int compare(Object left, Object right) {
    if (left instanceof Text one && right instanceof Text other) {
      return one.toString().compareTo(other.toString());
    }
    if (!isNumeric(left) || !isNumeric(right)) {
      throw new TemplateException("%s compared with %s".formatted(kind(left), kind(right)));
    }
    return left instanceof Double || right instanceof Double
        ? Double.compare(real(left), real(right))
        : Long.compare(whole(left), whole(right));
  }

  static double real(Object value) {
    return value instanceof Double number ? number : whole(value);
  }

  /** Whether a value is among those of another one. */
  static boolean contains(Object all, Object value) {
    if (all instanceof Text text) {
      return text.toString().contains(text(value).toString());
    }
    if (all instanceof Map<?, ?> map) {
      return map.containsKey(value.toString());
    }
    return items(all).stream().anyMatch(item -> equal(item, value));
  }

  /** A real number as Python writes it. */
  static String written(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    double size = Math.abs(value);
    BigDecimal exact = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    if (value == 0 || size >= 1e-4 && size < 1e16) {
      String plain = exact.toPlainString();
      String signed = value == 0 && 1 / value < 0 ? "-0" : plain;
      return signed.contains(".") ? signed : signed + ".0";
    }
    String digits = exact.unscaledValue().abs().toString();
    int exponent = digits.length() - 1 - exact.scale();
    String point = digits.length() > 1 ? "." + digits.substring(1) : "";
    return "%s%s%se%s%02d"
        .formatted(
            value < 0 ? "-" : "",
            digits.charAt(0),
            point,
            exponent < 0 ? "-" : "+",
            Math.abs(exponent));
  }

  /** White space, as Python has it. */
  static boolean isSpace(int c) {
    return c >= 0x1c && c <= 0x20 || c >= 9 && c <= 13 || c == 0x85 || Character.isSpaceChar(c);
  }

  static String stripRight(String text) {
    int end = text.length();
    while (end > 0 && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(0, end);
  }
}
