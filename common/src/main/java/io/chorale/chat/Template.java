package io.chorale.chat;

import io.chorale.chat.Values.Arguments;
import io.chorale.chat.Values.Callable;
import io.chorale.chat.Values.Namespace;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A template in the part of Jinja's language that chat templates are written in: the tags {@code
 * if}, {@code for}, {@code set}, {@code macro}, {@code raw}, {@code break}, {@code continue} and
 * {@code generation}, expressions, filters, tests, and methods of strings, lists and maps.
 *
 * <p>A template reaches nothing but the values that it is given, changes none of them, and its work
 * is bounded, and so are its time and memory.
 */
final class Template {
  private static final int MOST_CHARACTERS = 1 << 20;
  private static final long MOST_WORK = 20_000_000;

  private final Tokens tokens;
  private final ExpressionParser expressions;
  private final Statement all;
  private boolean generates;

  private Template(String source) {
    tokens = new Tokens(Lexer.tokens(source));
    expressions = new ExpressionParser(tokens);
    all = block(Set.of());
  }

  /** Parses a template. */
  static Template of(String source) {
    if (source.length() > MOST_CHARACTERS) {
      throw new TemplateException(
          "a template of more than %,d characters".formatted(MOST_CHARACTERS));
    }
    try {
      return new Template(source);
    } catch (StackOverflowError e) {
      throw new TemplateException("a template too deep within itself");
    }
  }

  /** Whether it says itself what is generated. */
  boolean generates() {
    return generates;
  }

  /**
   * What the template makes of some values.
   *
   * @param size of the values, which more work is allowed for
   */
  Text render(Map<String, Object> values, long size) {
    Scope.Budget budget = new Scope.Budget(MOST_WORK + 100 * size);
    Output out = new Output(budget);
    Map<String, Object> names = new HashMap<>(Globals.ALL);
    names.putAll(values);
    try {
      all.run(Scope.of(names, budget), out);
    } catch (StackOverflowError e) {
      throw new TemplateException("a template too deep within itself");
    }
    return out.text();
  }

  /** Statements up to a tag of one of these names, which is not read. */
  private Statement block(Set<String> ends) {
    List<Statement> statements = new ArrayList<>();
    while (!tokens.at(Token.Kind.END)) {
      if (tokens.at(Token.Kind.TAG) && ends.contains(tokens.peek(1).text())) {
        return Statement.all(statements);
      }
      statements.add(statement());
    }
    if (!ends.isEmpty()) {
      throw tokens.unfit(
          "the end of the template, expected %s".formatted(String.join(" or ", ends)));
    }
    return Statement.all(statements);
  }

  private Statement statement() {
    Token token = tokens.next();
    if (token.kind() == Token.Kind.DATA) {
      Text data = Text.of(token.text());
      return (scope, out) -> {
        out.write(data);
        return Statement.End.DONE;
      };
    }
    if (token.kind() == Token.Kind.WRITE) {
      Expression value = expressions.tuple();
      tokens.close();
      return (scope, out) -> {
        out.write(Values.shown(value.value(scope)));
        return Statement.End.DONE;
      };
    }
    String name = tokens.name("a tag");
    return switch (name) {
      case "if" -> condition();
      case "for" -> loop();
      case "set" -> assignment();
      case "macro" -> macro();
      case "generation" -> generation();
      case "break" -> ending(Statement.End.BREAK);
      case "continue" -> ending(Statement.End.CONTINUE);
      default -> throw tokens.unfit("the tag %s, which is not known".formatted(name));
    };
  }

  private Statement ending(Statement.End end) {
    tokens.close();
    return (scope, out) -> end;
  }

  /** Reads the tag that ends a block. */
  private void end(String name) {
    tokens.next();
    tokens.expectName(name);
    tokens.close();
  }

  private Statement condition() {
    Expression condition = expressions.tuple();
    tokens.close();
    Statement then = block(Set.of("elif", "else", "endif"));
    tokens.next();
    String next = tokens.name("a tag");
    Statement otherwise = Statement.all(List.of());
    if (next.equals("elif")) {
      otherwise = condition();
    } else {
      tokens.close();
      if (next.equals("else")) {
        otherwise = block(Set.of("endif"));
        end("endif");
      }
    }
    Statement rest = otherwise;
    return (scope, out) -> (Values.isTrue(condition.value(scope)) ? then : rest).run(scope, out);
  }

  private Statement loop() {
    List<String> names = names();
    tokens.expectName("in");
    Expression values = expressions.or();
    Expression filter = tokens.skipName("if") ? expressions.expression() : null;
    tokens.close();
    Statement body = block(Set.of("else", "endfor"));
    Statement otherwise = Statement.all(List.of());
    if (tokens.peek(1).text().equals("else")) {
      end("else");
      otherwise = block(Set.of("endfor"));
    }
    end("endfor");
    return new Loop(names, values, filter, body, otherwise);
  }

  private List<String> names() {
    boolean brackets = tokens.skip("(");
    List<String> names = new ArrayList<>(List.of(tokens.name("a variable")));
    while (tokens.skip(",")) {
      names.add(tokens.name("a variable"));
    }
    if (brackets) {
      tokens.expect(")");
    }
    return names;
  }

  private Statement assignment() {
    List<String> names = names();
    if (tokens.skip(".")) {
      return attribute(names.get(0), tokens.name("an attribute"));
    }
    if (tokens.skip("=")) {
      Expression value = expressions.tuple();
      tokens.close();
      return (scope, out) -> {
        Loop.bind(names, value.value(scope), scope);
        return Statement.End.DONE;
      };
    }
    Expression[] filtered = {scope -> scope.get("")};
    while (tokens.skip("|")) {
      filtered[0] = expressions.filter(filtered[0]);
    }
    tokens.close();
    Statement body = block(Set.of("endset"));
    end("endset");
    return (scope, out) -> {
      Output inside = new Output(scope.budget());
      body.run(scope.inner(), inside);
      Scope captured = scope.inner();
      captured.set("", inside.text());
      scope.set(names.get(0), filtered[0].value(captured));
      return Statement.End.DONE;
    };
  }

  private Statement attribute(String name, String attribute) {
    tokens.expect("=");
    Expression value = expressions.tuple();
    tokens.close();
    return (scope, out) -> {
      if (!(scope.get(name) instanceof Namespace namespace)) {
        throw new TemplateException(
            "an attribute set of %s, which is no namespace".formatted(name));
      }
      namespace.attributes().put(attribute, value.value(scope));
      return Statement.End.DONE;
    };
  }

  private Statement macro() {
    String name = tokens.name("a macro");
    Map<String, Expression> parameters = new LinkedHashMap<>();
    tokens.expect("(");
    while (!tokens.skip(")")) {
      String parameter = tokens.name("a parameter");
      parameters.put(parameter, tokens.skip("=") ? expressions.expression() : null);
      if (!tokens.at(")")) {
        tokens.expect(",");
      }
    }
    tokens.close();
    Statement body = block(Set.of("endmacro"));
    end("endmacro");
    Signature signature = new Signature("the macro " + name, List.copyOf(parameters.keySet()));
    return (scope, out) -> {
      Callable macro =
          arguments -> {
            Scope inside = scope.inner();
            bind(parameters, arguments, inside);
            Output written = new Output(scope.budget());
            body.run(inside, written);
            return written.text();
          };
      scope.set(name, signature.calling(macro));
      return Statement.End.DONE;
    };
  }

  private static void bind(Map<String, Expression> parameters, Arguments bound, Scope inside) {
    int place = 0;
    for (Map.Entry<String, Expression> parameter : parameters.entrySet()) {
      Object given = bound.get(place++);
      if (given == null) {
        given =
            parameter.getValue() == null
                ? new Values.Undefined(parameter.getKey())
                : parameter.getValue().value(inside);
      }
      inside.set(parameter.getKey(), given);
    }
  }

  private Statement generation() {
    generates = true;
    tokens.close();
    Statement body = block(Set.of("endgeneration"));
    end("endgeneration");
    return (scope, out) -> {
      int before = out.mark(Text.GENERATED);
      Statement.End end = body.run(scope.inner(), out);
      out.restore(before);
      return end;
    };
  }
}
