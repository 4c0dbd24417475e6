package io.chorale.chat;

/**
 * A token of a template.
 *
 * @param text of data what it writes, of a string what it spells
 * @param line of the template, from 1
 */
record Token(Kind kind, String text, int line) {
  /** The kinds of tokens. */
  enum Kind {
    DATA,
    /** Begins an expression to be written. */
    WRITE,
    /** Begins a statement. */
    TAG,
    /** Ends either. */
    CLOSE,
    NAME,
    STRING,
    INTEGER,
    FLOAT,
    OPERATOR,
    END
  }

  boolean is(Kind other, String spelled) {
    return kind == other && text.equals(spelled);
  }

  /** In words. */
  @Override
  public String toString() {
    return kind == Kind.END
        ? "the end of the template"
        : kind == Kind.CLOSE ? "the end of a tag" : "\"" + text + "\"";
  }
}
