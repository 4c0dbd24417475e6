package io.chorale.chat;

import java.util.List;

/** A statement of a template, ready to run. */
interface Statement {
  /** How a statement ended. */
  enum End {
    DONE,
    BREAK,
    CONTINUE
  }

  End run(Scope scope, Output out);

  /** Statements one after the other, until one ends otherwise. */
  static Statement all(List<Statement> statements) {
    return (scope, out) -> {
      for (Statement statement : statements) {
        scope.budget().spend(1);
        End end = statement.run(scope, out);
        if (end != End.DONE) {
          return end;
        }
      }
      return End.DONE;
    };
  }
}
