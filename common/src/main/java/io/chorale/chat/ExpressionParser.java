package io.chorale.chat;

import io.chorale.chat.Values.Arguments;
import io.chorale.chat.Values.Callable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Parses the expressions of a template, with Jinja's operators and their precedence. */
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

  private final Tokens tokens;

  ExpressionParser(Tokens tokens) {
    this.tokens = tokens;
  }

  /** One expression, or several with commas between them: a list. */
  Expression tuple() {
    Expression first = expression();
    if (!tokens.at(",")) {
      return first;
    }
    List<Expression> all = new ArrayList<>(List.of(first));
    while (tokens.skip(",")) {
      if (tokens.at(Token.Kind.CLOSE) || tokens.at(")") || tokens.at("=")) {
        break;
      }
      all.add(expression());
    }
    return list(all);
  }

  private static Expression list(List<Expression> all) {
    return scope -> {
      List<Object> values = new ArrayList<>();
      all.forEach(each -> values.add(each.value(scope)));
      return scope.budget().made(values);
    };
  }

  /** An expression with its conditions. */
  Expression expression() {
    Expression value = or();
    while (tokens.skipName("if")) {
      Expression then = value;
      Expression condition = or();
      Expression otherwise =
          tokens.skipName("else") ? expression() : scope -> new Values.Undefined("an if");
      value = scope -> (Values.isTrue(condition.value(scope)) ? then : otherwise).value(scope);
    }
    return value;
  }

  /** An expression without conditions: an if behind it is not its own. */
  Expression or() {
    Expression left = and();
    while (tokens.skipName("or")) {
      Expression first = left;
      Expression second = and();
      left =
          scope -> {
            Object value = first.value(scope);
            return Values.isTrue(value) ? value : second.value(scope);
          };
    }
    return left;
  }

  private Expression and() {
    Expression left = not();
    while (tokens.skipName("and")) {
      Expression first = left;
      Expression second = not();
      left =
          scope -> {
            Object value = first.value(scope);
            return Values.isTrue(value) ? second.value(scope) : value;
          };
    }
    return left;
  }

  private Expression not() {
    if (tokens.atName("not")) {
      tokens.next();
      Expression value = not();
      return scope -> !Values.isTrue(value.value(scope));
    }
    return comparison();
  }

  private Expression comparison() {
    Expression first = sum();
    List<String> operators = new ArrayList<>();
    List<Expression> others = new ArrayList<>();
    while (true) {
      if (tokens.at(Token.Kind.OPERATOR) && COMPARISONS.contains(tokens.peek().text())) {
        operators.add(tokens.next().text());
      } else if (tokens.skipName("in")) {
        operators.add("in");
      } else if (tokens.atName("not") && tokens.peek(1).is(Token.Kind.NAME, "in")) {
        tokens.next();
        tokens.next();
        operators.add("not in");
      } else {
        break;
      }
      others.add(sum());
    }
    if (others.isEmpty()) {
      return first;
    }
    return scope -> {
      Object left = first.value(scope);
      for (int i = 0; i < others.size(); i++) {
        Object right = others.get(i).value(scope);
        scope.budget().read(left);
        scope.budget().read(right);
        if (!holds(operators.get(i), left, right)) {
          return false;
        }
        left = right;
      }
      return true;
    };
  }

  /** Whether a comparison holds. */
  static boolean holds(String operator, Object left, Object right) {
    return switch (operator) {
      case "==" -> Values.equal(left, right);
      case "!=" -> !Values.equal(left, right);
      case "<" -> Values.compare(left, right) < 0;
      case "<=" -> Values.compare(left, right) <= 0;
      case ">" -> Values.compare(left, right) > 0;
      case ">=" -> Values.compare(left, right) >= 0;
      case "in" -> Values.contains(right, left);
      default -> !Values.contains(right, left);
    };
  }

  private Expression sum() {
    Expression left = concatenation();
    while (tokens.at("+") || tokens.at("-")) {
      left = binary(tokens.next().text(), left, concatenation());
    }
    return left;
  }

  private Expression concatenation() {
    Expression left = product();
    while (tokens.skip("~")) {
      Expression first = left;
      Expression second = product();
      left =
          scope ->
              scope
                  .budget()
                  .made(Values.shown(first.value(scope)).plus(Values.shown(second.value(scope))));
    }
    return left;
  }

  private Expression product() {
    Expression left = sign();
    while (tokens.at("*") || tokens.at("/") || tokens.at("//") || tokens.at("%")) {
      left = binary(tokens.next().text(), left, sign());
    }
    return left;
  }

  private static Expression binary(String operator, Expression first, Expression second) {
    return scope ->
        Arithmetic.of(operator, first.value(scope), second.value(scope), scope.budget());
  }

  private Expression sign() {
    return filtered(signed());
  }

  /** A value with its sign, which filters behind it see. */
  private Expression signed() {
    if (tokens.at("-") || tokens.at("+")) {
      boolean minus = tokens.next().text().equals("-");
      Expression value = signed();
      return scope -> {
        Object number = value.value(scope);
        return minus ? Arithmetic.of("-", 0L, number, scope.budget()) : number;
      };
    }
    return postfix(primary());
  }

  /** A value with the filters and tests behind it. */
  private Expression filtered(Expression value) {
    Expression result = value;
    while (true) {
      if (tokens.skip("|")) {
        result = filter(result);
      } else if (tokens.skipName("is")) {
        result = test(result);
      } else if (tokens.at("(")) {
        result = call(result);
      } else {
        return result;
      }
    }
  }

  /** A filter of a value; the bar before its name was read. */
  Expression filter(Expression value) {
    String name = tokens.name("a filter");
    Filters.Filter filter =
        Filters.find(name)
            .orElseThrow(() -> tokens.unfit("the filter %s, which is not known".formatted(name)));
    ArgumentList arguments = tokens.at("(") ? arguments() : ArgumentList.NONE;
    return scope -> {
      Object input = value.value(scope);
      scope.budget().read(input);
      return scope.budget().made(filter.apply(input, arguments.values(scope), scope.budget()));
    };
  }

  private Expression test(Expression value) {
    boolean negated = tokens.skipName("not");
    String name = tokens.at("==") ? tokens.next().text() : tokens.name("a test");
    TypeTests.Test test =
        TypeTests.find(name)
            .orElseThrow(() -> tokens.unfit("the test %s, which is not known".formatted(name)));
    ArgumentList arguments = ArgumentList.NONE;
    if (tokens.at("(")) {
      arguments = arguments();
    } else if (beginsArgument()) {
      arguments = new ArgumentList(List.of(postfix(primary())), Map.of());
    }
    ArgumentList given = arguments;
    return scope -> test.holds(value.value(scope), given.values(scope)) != negated;
  }

  private boolean beginsArgument() {
    Token next = tokens.peek();
    return switch (next.kind()) {
      case STRING, INTEGER, FLOAT -> true;
      case NAME -> !Set.of("else", "or", "and", "if", "is", "in", "not").contains(next.text());
      case OPERATOR -> next.text().equals("[") || next.text().equals("{");
      default -> false;
    };
  }

  private Expression postfix(Expression value) {
    Expression result = value;
    while (true) {
      if (tokens.skip(".")) {
        result = member(result);
      } else if (tokens.skip("[")) {
        result = subscript(result);
      } else if (tokens.at("(")) {
        result = call(result);
      } else {
        return result;
      }
    }
  }

  private Expression member(Expression value) {
    if (tokens.at(Token.Kind.INTEGER)) {
      Object index = integer(tokens.next().text());
      return scope -> Members.item(value.value(scope), index);
    }
    String name = tokens.name("an attribute");
    return scope -> {
      Object owner = value.value(scope);
      scope.budget().read(owner);
      return Members.attribute(owner, name, scope.budget());
    };
  }

  private Expression subscript(Expression value) {
    Expression from = tokens.at(":") ? null : tuple();
    if (from != null && tokens.skip("]")) {
      return scope -> Members.item(value.value(scope), from.value(scope), scope.budget());
    }
    tokens.expect(":");
    Expression to = tokens.at(":") || tokens.at("]") ? null : expression();
    Expression step = tokens.skip(":") && !tokens.at("]") ? expression() : null;
    tokens.expect("]");
    return scope ->
        scope
            .budget()
            .made(
                Members.slice(
                    value.value(scope), value(from, scope), value(to, scope), value(step, scope)));
  }

  private static Object value(Expression expression, Scope scope) {
    return expression == null ? Values.NONE : expression.value(scope);
  }

  private Expression call(Expression callee) {
    ArgumentList arguments = arguments();
    return scope -> {
      scope.budget().spend(1);
      Object value = callee.value(scope);
      if (value instanceof Callable callable) {
        return scope.budget().made(callable.call(arguments.values(scope)));
      }
      throw new TemplateException("a call of %s".formatted(Values.kind(value)));
    };
  }

  /** Arguments of a call, with the brackets. */
  private ArgumentList arguments() {
    tokens.expect("(");
    List<Expression> placed = new ArrayList<>();
    Map<String, Expression> named = new LinkedHashMap<>();
    while (!tokens.skip(")")) {
      if (tokens.at(Token.Kind.NAME) && tokens.peek(1).is(Token.Kind.OPERATOR, "=")) {
        String name = tokens.next().text();
        tokens.next();
        named.put(name, expression());
      } else {
        placed.add(expression());
      }
      if (!tokens.at(")")) {
        tokens.expect(",");
      }
    }
    return new ArgumentList(placed, named);
  }

  private record ArgumentList(List<Expression> placed, Map<String, Expression> named) {
    static final ArgumentList NONE = new ArgumentList(List.of(), Map.of());

    Arguments values(Scope scope) {
      List<Object> values = new ArrayList<>();
      placed.forEach(each -> values.add(each.value(scope)));
      Map<String, Object> byName = new LinkedHashMap<>();
      named.forEach((name, value) -> byName.put(name, value.value(scope)));
      return new Arguments(values, byName);
    }
  }

  private Expression primary() {
    Token token = tokens.next();
    switch (token.kind()) {
      case NAME -> {
        return name(token.text());
      }
      case STRING -> {
        StringBuilder all = new StringBuilder(token.text());
        while (tokens.at(Token.Kind.STRING)) {
          all.append(tokens.next().text());
        }
        Text text = Text.of(all.toString());
        return scope -> text;
      }
      case INTEGER -> {
        Object number = integer(token.text());
        return scope -> number;
      }
      case FLOAT -> {
        Double number = Double.valueOf(token.text());
        return scope -> number;
      }
      default -> {}
    }
    if (token.is(Token.Kind.OPERATOR, "(")) {
      Expression inside = tokens.at(")") ? list(List.of()) : tuple();
      tokens.expect(")");
      return inside;
    }
    if (token.is(Token.Kind.OPERATOR, "[")) {
      List<Expression> all = new ArrayList<>();
      while (!tokens.skip("]")) {
        all.add(expression());
        if (!tokens.at("]")) {
          tokens.expect(",");
        }
      }
      return list(all);
    }
    if (token.is(Token.Kind.OPERATOR, "{")) {
      return map();
    }
    throw tokens.unfit("%s, expected a value".formatted(token));
  }

  private Object integer(String digits) {
    try {
      return Long.valueOf(digits);
    } catch (NumberFormatException e) {
      throw tokens.unfit("the number %s, which is too large".formatted(digits));
    }
  }

  private static Expression name(String name) {
    return switch (name) {
      case "true", "True" -> scope -> true;
      case "false", "False" -> scope -> false;
      case "none", "None" -> scope -> Values.NONE;
      default ->
          scope -> {
            scope.budget().spend(1);
            return scope.get(name);
          };
    };
  }

  private Expression map() {
    List<Expression> keys = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!tokens.skip("}")) {
      keys.add(expression());
      tokens.expect(":");
      values.add(expression());
      if (!tokens.at("}")) {
        tokens.expect(",");
      }
    }
    return scope -> {
      Map<String, Object> map = new LinkedHashMap<>();
      for (int i = 0; i < keys.size(); i++) {
        map.put(Values.shown(keys.get(i).value(scope)).toString(), values.get(i).value(scope));
      }
      return scope.budget().made(map);
    };
  }
}
