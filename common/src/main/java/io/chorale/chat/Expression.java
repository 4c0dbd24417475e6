package io.chorale.chat;

/** An expression of a template, ready to be evaluated. */
interface Expression {
  Object value(Scope scope);
}
