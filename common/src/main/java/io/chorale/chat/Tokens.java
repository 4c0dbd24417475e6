package io.chorale.chat;

import java.util.List;

/** The tokens of a template, read one after the other. */
final class Tokens {
  private final List<Token> all;
  private int at;

  Tokens(List<Token> all) {
    this.all = all;
  }

  Token peek() {
    return peek(0);
  }

  Token peek(int ahead) {
    return all.get(Math.min(at + ahead, all.size() - 1));
  }

  Token next() {
    Token token = peek();
    at = Math.min(at + 1, all.size() - 1);
    return token;
  }

  boolean at(Token.Kind kind) {
    return peek().kind() == kind;
  }

  /** Whether an operator comes. */
  boolean at(String operator) {
    return peek().is(Token.Kind.OPERATOR, operator);
  }

  boolean atName(String name) {
    return peek().is(Token.Kind.NAME, name);
  }

  boolean skip(String operator) {
    boolean there = at(operator);
    if (there) {
      next();
    }
    return there;
  }

  boolean skipName(String name) {
    boolean there = atName(name);
    if (there) {
      next();
    }
    return there;
  }

  void expect(String operator) {
    if (!skip(operator)) {
      throw unfit("%s, expected \"%s\"".formatted(peek(), operator));
    }
  }

  void expectName(String name) {
    if (!skipName(name)) {
      throw unfit("%s, expected \"%s\"".formatted(peek(), name));
    }
  }

  void close() {
    if (!at(Token.Kind.CLOSE)) {
      throw unfit("%s, expected the end of the tag".formatted(peek()));
    }
    next();
  }

  /**
   * Reads a name.
   *
   * @param what it is of, for messages
   */
  String name(String what) {
    if (!at(Token.Kind.NAME)) {
      throw unfit("%s, expected the name of %s".formatted(peek(), what));
    }
    return next().text();
  }

  TemplateException unfit(String found) {
    return new TemplateException("line %d: %s".formatted(peek().line(), found));
  }
}
