package io.chorale.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Parses the expressions of a template, with Jinja's operators and their precedence. */
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

  private final Tokens tokens;
  private final TermParser terms;

  ExpressionParser(Tokens tokens) {
    this.tokens = tokens;
    this.terms = new TermParser(tokens, this);
  }

  /** A filter of a value; the bar before its name was read. */
  Expression filter(Expression value) {
    return terms.filter(value);
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

  static Expression list(List<Expression> all) {
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
    return terms.filtered(signed());
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
    return terms.term();
  }
}
