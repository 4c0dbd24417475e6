package io.chorale.chat;

import io.chorale.chat.Values.Arguments;
import io.chorale.chat.Values.Callable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Parses what stands between operators: values, their attributes and entries, calls, filters,
 * tests.
 */
final class TermParser {
  private final Tokens tokens;
  private final ExpressionParser expressions;

  TermParser(Tokens tokens, ExpressionParser expressions) {
    this.tokens = tokens;
    this.expressions = expressions;
  }

  /** A value with the filters and tests behind it. */
  Expression filtered(Expression value) {
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
    refuseOthers(filter.signature(), arguments);
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
      arguments = new ArgumentList(List.of(term()), Map.of());
    }
    ArgumentList given = arguments;
    refuseOthers(test.signature(), given);
    return scope -> test.holds(value.value(scope), given.values(scope)) != negated;
  }

  /** Refuses, as the template is read, arguments that there are no parameters for. */
  private void refuseOthers(Signature signature, ArgumentList arguments) {
    if (signature != null) {
      try {
        signature.check(arguments.placed().size(), arguments.named().keySet());
      } catch (TemplateException e) {
        throw tokens.unfit(e.getMessage());
      }
    }
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

  /** A value with all that stands right behind it: attributes, entries, calls. */
  Expression term() {
    return postfix(primary());
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
    Expression from = tokens.at(":") ? null : expressions.tuple();
    if (from != null && tokens.skip("]")) {
      return scope -> Members.item(value.value(scope), from.value(scope), scope.budget());
    }
    tokens.expect(":");
    Expression to = tokens.at(":") || tokens.at("]") ? null : expressions.expression();
    Expression step = tokens.skip(":") && !tokens.at("]") ? expressions.expression() : null;
    tokens.expect("]");
    return scope ->
        scope
            .budget()
            .made(
                Members.slice(
                    value.value(scope),
                    value(from, scope),
                    value(to, scope),
                    value(step, scope),
                    scope.budget()));
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
        named.put(name, expressions.expression());
      } else {
        placed.add(expressions.expression());
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
      Expression inside = tokens.at(")") ? ExpressionParser.list(List.of()) : expressions.tuple();
      tokens.expect(")");
      return inside;
    }
    if (token.is(Token.Kind.OPERATOR, "[")) {
      List<Expression> all = new ArrayList<>();
      while (!tokens.skip("]")) {
        all.add(expressions.expression());
        if (!tokens.at("]")) {
          tokens.expect(",");
        }
      }
      return ExpressionParser.list(all);
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
      keys.add(expressions.expression());
      tokens.expect(":");
      values.add(expressions.expression());
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
