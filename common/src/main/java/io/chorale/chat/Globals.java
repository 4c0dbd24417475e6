package io.chorale.chat;

import io.chorale.chat.Values.Arguments;
import io.chorale.chat.Values.Callable;
import io.chorale.chat.Values.Namespace;
import java.time.LocalDate;
import java.time.format.TextStyle;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The functions that every template may call. */
final class Globals {
  private static final int LONGEST_RANGE = 100_000;

  static final Map<String, Object> ALL =
      Map.of(
          "range",
          Signature.of("range", "start", "stop", "step").calling(Globals::range),
          "namespace",
          (Callable) arguments -> new Namespace(new HashMap<>(named(arguments))),
          "dict",
          (Callable) Globals::named,
          "raise_exception",
          Signature.of("raise_exception", "message").calling(Globals::raise));

  private Globals() {}

  /** {@code strftime_now}: one day, in English. */
  static Callable calendar(LocalDate day) {
    return Signature.of("strftime_now", "format")
        .calling(
            arguments -> {
              String format = Values.text(arguments.require(0)).toString();
              StringBuilder told = new StringBuilder();
              for (int i = 0; i < format.length(); i++) {
                char c = format.charAt(i);
                told.append(c == '%' && ++i < format.length() ? told(day, format.charAt(i)) : c);
              }
              return Text.of(told.toString());
            });
  }

  private static String told(LocalDate day, char what) {
    return switch (what) {
      case 'd' -> "%02d".formatted(day.getDayOfMonth());
      case 'm' -> "%02d".formatted(day.getMonthValue());
      case 'Y' -> "%d".formatted(day.getYear());
      case 'y' -> "%02d".formatted(day.getYear() % 100);
      case 'B' -> day.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
      case 'b' -> day.getMonth().getDisplayName(TextStyle.SHORT, Locale.ENGLISH).substring(0, 3);
      case 'A' -> day.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
      case 'a' -> day.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
      case 'j' -> "%03d".formatted(day.getDayOfYear());
      case 'F' -> day.toString();
      case 'H', 'M', 'S' -> "00";
      case '%' -> "%";
      default -> throw new TemplateException("strftime_now of %%%c".formatted(what));
    };
  }

  private static Map<String, Object> named(Arguments arguments) {
    Map<String, Object> all = new LinkedHashMap<>();
    for (Object given : arguments.placed()) {
      if (!(given instanceof Map<?, ?> map)) {
        throw new TemplateException("%s, expected a map".formatted(Values.kind(given)));
      }
      map.forEach((key, value) -> all.put(key.toString(), value));
    }
    all.putAll(arguments.named());
    return all;
  }

  private static Object range(Arguments arguments) {
    boolean one = arguments.get(1) == null;
    long from = one ? 0 : Values.whole(arguments.require(0));
    long to = Values.whole(arguments.require(one ? 0 : 1));
    long step = Values.whole(arguments.get(2, 1L));
    long count = count(from, to, step);
    if (count > LONGEST_RANGE) {
      throw new TemplateException("a range of more than %,d numbers".formatted(LONGEST_RANGE));
    }
    List<Object> numbers = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      numbers.add(from + i * step);
    }
    return numbers;
  }

  /** The steps from a number to another one; below 1 where there are none. */
  private static long count(long from, long to, long step) {
    try {
      return -Math.floorDiv(Math.negateExact(Math.subtractExact(to, from)), step);
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE; // too many, or steps of 0
    }
  }

  private static Object raise(Arguments arguments) {
    throw new TemplateException(Values.shown(arguments.get(0, Text.EMPTY)).toString());
  }
}
