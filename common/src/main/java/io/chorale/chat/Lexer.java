package io.chorale.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into tokens. White space is Jinja's with {@code trim_blocks} and {@code
 * lstrip_blocks}, as chat templates are rendered: a line end right behind a statement or comment
 * goes, blanks before one that begins its line go, and a minus takes all white space on its side.
 */
final class Lexer {
  private static final Pattern RAW_END =
      Pattern.compile("\\{%([-+]?)\\s*endraw\\s*(-%}\\s*|\\+?%}\n?)");
  private static final Pattern RAW = Pattern.compile("\\s*raw\\s*(-%}\\s*|\\+?%}\n?)");
  private static final Pattern NUMBER = Pattern.compile("\\d+(?:_\\d+)*(\\.\\d+)?([eE][+-]?\\d+)?");
  private static final Pattern NAME = Pattern.compile("[\\p{L}_][\\p{L}\\p{Nd}_]*");

  private static final List<String> OPERATORS =
      List.of(
          "==", "!=", "<=", ">=", "//", "**", "+", "-", "*", "/", "%", "~", "(", ")", "[", "]", "{",
          "}", "<", ">", "=", ".", ":", ",", "|");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int line = 1;
  private boolean beginsLine = true;

  private Lexer(String source) {
    this.source = source;
  }

  static List<Token> tokens(String template) {
    String source = template.replace("\r\n", "\n").replace('\r', '\n');
    // As Jinja does: the file's own line end is none of the text.
    Lexer lexer =
        new Lexer(source.endsWith("\n") ? source.substring(0, source.length() - 1) : source);
    lexer.run();
    return lexer.tokens;
  }

  private TemplateException unfit(String found) {
    return new TemplateException("line %d: %s".formatted(line, found));
  }

  private void add(Token.Kind kind, String text) {
    tokens.add(new Token(kind, text, line));
  }

  private void run() {
    while (at < source.length()) {
      int tag = nextTag();
      if (tag < 0) {
        data(source.substring(at));
        at = source.length();
        break;
      }
      char kind = source.charAt(tag + 1);
      char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
      String before = before(source.substring(at, tag), kind != '{', sign);
      data(before);
      count(at, tag);
      at = tag + 2 + (sign == '-' || sign == '+' ? 1 : 0);
      if (kind == '#') {
        comment();
      } else if (kind == '%' && RAW.matcher(source).region(at, source.length()).lookingAt()) {
        raw();
      } else {
        add(kind == '{' ? Token.Kind.WRITE : Token.Kind.TAG, "");
        inside(kind == '{' ? "}}" : "%}");
      }
      beginsLine = source.charAt(at - 1) == '\n';
    }
    add(Token.Kind.END, "");
  }

  private int nextTag() {
    for (int i = source.indexOf('{', at); i >= 0; i = source.indexOf('{', i + 1)) {
      if (i + 1 < source.length() && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  /** Strips white space before a tag: all of it at a minus, the indentation of a block alone. */
  private String before(String data, boolean block, char sign) {
    if (sign == '-') {
      return Values.stripRight(data);
    }
    if (block && sign != '+') {
      int begin = data.lastIndexOf('\n') + 1;
      if ((begin > 0 || beginsLine) && Values.stripRight(data.substring(begin)).isEmpty()) {
        return data.substring(0, begin);
      }
    }
    return data;
  }

  private void data(String text) {
    if (!text.isEmpty()) {
      add(Token.Kind.DATA, text);
    }
  }

  private void count(int from, int to) {
    for (int i = from; i < to; i++) {
      line += source.charAt(i) == '\n' ? 1 : 0;
    }
  }

  private void comment() {
    int end = source.indexOf("#}", at);
    if (end < 0) {
      throw unfit("a comment that does not end");
    }
    char sign = source.charAt(end - 1);
    count(at, end);
    at = end + 2;
    after(sign, true);
  }

  /** Skips what a tag takes along behind it. */
  private void after(char sign, boolean block) {
    int from = at;
    if (sign == '-') {
      while (at < source.length() && Values.isSpace(source.charAt(at))) {
        at++;
      }
    } else if (block && sign != '+' && source.startsWith("\n", at)) {
      at++;
    }
    count(from, at);
  }

  private void raw() {
    Matcher begin = RAW.matcher(source).region(at, source.length());
    Matcher end = RAW_END.matcher(source);
    if (!begin.lookingAt() || !end.find(begin.end())) {
      throw unfit("a raw block that does not end");
    }
    beginsLine = source.charAt(begin.end() - 1) == '\n';
    String sign = end.group(1);
    data(
        before(
            source.substring(begin.end(), end.start()),
            true,
            sign.isEmpty() ? ' ' : sign.charAt(0)));
    count(at, end.end());
    at = end.end();
  }

  /** Reads the tokens of a tag. */
  private void inside(String end) {
    int depth = 0; // of brackets: }} may end two maps
    while (true) {
      while (at < source.length() && Values.isSpace(source.charAt(at))) {
        count(at, ++at);
      }
      if (at >= source.length()) {
        throw unfit("a tag that does not end");
      }
      char sign = source.charAt(at);
      boolean signed = (sign == '-' || sign == '+') && source.startsWith(end, at + 1);
      if (depth == 0 && (signed || source.startsWith(end, at))) {
        add(Token.Kind.CLOSE, "");
        at += end.length() + (signed ? 1 : 0);
        after(signed ? sign : ' ', end.equals("%}"));
        return;
      }
      depth += token();
    }
  }

  /** Reads one token; by how much the depth of brackets grows. */
  private int token() {
    char first = source.charAt(at);
    if (first == '"' || first == '\'') {
      string(first);
      return 0;
    }
    Matcher number = NUMBER.matcher(source).region(at, source.length());
    if (number.lookingAt()) {
      boolean whole = number.group(1) == null && number.group(2) == null;
      add(whole ? Token.Kind.INTEGER : Token.Kind.FLOAT, number.group().replace("_", ""));
      at = number.end();
      return 0;
    }
    Matcher name = NAME.matcher(source).region(at, source.length());
    if (name.lookingAt()) {
      add(Token.Kind.NAME, name.group());
      at = name.end();
      return 0;
    }
    for (String operator : OPERATORS) {
      if (source.startsWith(operator, at)) {
        add(Token.Kind.OPERATOR, operator);
        at += operator.length();
        return "([{".contains(operator) ? 1 : ")]}".contains(operator) ? -1 : 0;
      }
    }
    throw unfit("the character '%c'".formatted(first));
  }

  private void string(char quote) {
    StringBuilder spelled = new StringBuilder();
    int i = at + 1;
    while (i < source.length() && source.charAt(i) != quote) {
      if (source.charAt(i) == '\\') {
        i = escape(i + 1, spelled);
      } else {
        spelled.append(source.charAt(i++));
      }
    }
    if (i >= source.length()) {
      throw unfit("a string that does not end");
    }
    add(Token.Kind.STRING, spelled.toString());
    count(at, i);
    at = i + 1;
  }

  /** Reads what stands behind a backslash, as Python does; where it ends. */
  private int escape(int from, StringBuilder spelled) {
    if (from >= source.length()) {
      throw unfit("a string that does not end");
    }
    char kind = source.charAt(from);
    int plain = "\\'\"abfnrtv".indexOf(kind);
    if (plain >= 0) {
      spelled.append("\\'\"\u0007\b\f\n\r\t\u000b".charAt(plain));
      return from + 1;
    }
    int digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
    if (digits > 0) {
      try {
        spelled.appendCodePoint(
            Integer.parseInt(source.substring(from + 1, from + 1 + digits), 16));
        return from + 1 + digits;
      } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
        throw unfit("an escape that is no character");
      }
    }
    if (kind == '\n') {
      return from + 1;
    }
    if (kind == 'N' || kind >= '0' && kind <= '7') {
      throw unfit("an escape by a name or by octal digits");
    }
    spelled.append('\\').append(kind);
    return from + 1;
  }
}
