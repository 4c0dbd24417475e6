package io.chorale.chat;

import java.util.ArrayList;
import java.util.List;

/** The operators {@code + - * / // %}. */
final class Arithmetic {
  private Arithmetic() {}

  static Object of(String operator, Object left, Object right, Scope.Budget budget) {
    if (operator.equals("+") && left instanceof Text first && right instanceof Text second) {
      budget.spend(first.length() + second.length());
      return first.plus(second);
    }
    if (operator.equals("+") && left instanceof List<?> first && right instanceof List<?> second) {
      List<Object> all = new ArrayList<>(first);
      all.addAll(second);
      return budget.made(all);
    }
    if (operator.equals("*") && left instanceof Text text && right instanceof Long times) {
      return repeated(text, times, budget);
    }
    if (!Values.isNumeric(left) || !Values.isNumeric(right)) {
      throw new TemplateException(
          "%s %s %s".formatted(Values.kind(left), operator, Values.kind(right)));
    }
    if (!operator.equals("+")
        && !operator.equals("-")
        && !operator.equals("*")
        && Values.real(right) == 0) {
      throw new TemplateException("a division by zero");
    }
    try {
      return operator.equals("/") || left instanceof Double || right instanceof Double
          ? (Object) real(operator, Values.real(left), Values.real(right))
          : (Object) whole(operator, Values.whole(left), Values.whole(right));
    } catch (ArithmeticException e) {
      throw new TemplateException("a number that is too large");
    }
  }

  private static Text repeated(Text text, long times, Scope.Budget budget) {
    Text.Builder all = new Text.Builder();
    for (long i = 0; i < times; i++) {
      budget.spend(1L + text.length());
      all.add(text);
    }
    return all.text();
  }

  private static double real(String operator, double left, double right) {
    return switch (operator) {
      case "+" -> left + right;
      case "-" -> left - right;
      case "*" -> left * right;
      case "/" -> left / right;
      case "//" -> Math.floor(left / right);
      default -> left - right * Math.floor(left / right);
    };
  }

  private static long whole(String operator, long left, long right) {
    return switch (operator) {
      case "+" -> Math.addExact(left, right);
      case "-" -> Math.subtractExact(left, right);
      case "*" -> Math.multiplyExact(left, right);
      case "//" -> Math.floorDiv(left, right);
      default -> Math.floorMod(left, right);
    };
  }
}
