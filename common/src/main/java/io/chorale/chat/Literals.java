package io.chorale.chat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes values: as Python's {@code repr} does, or as its {@code json.dumps}. */
final class Literals {
  /**
   * How JSON is written.
   *
   * @param indent blanks of a level; below 0 all stands in one line
   * @param item between two entries
   * @param key between a key and its value
   * @param ascii whether other characters are escaped
   */
  record Json(int indent, String item, String key, boolean ascii, boolean sorted) {}

  private static final int DEEPEST = 200;

  /** One value may hold another one many times, so that it is written far larger than it is. */
  private static final int MOST_CHARACTERS = 1 << 24;

  private final Text.Builder out = new Text.Builder();
  private final Json json; // null: as Python writes values

  private Literals(Json json) {
    this.json = json;
  }

  /** A value as Python shows it. */
  static Text of(Object value) {
    return written(value, null);
  }

  /** A value as JSON. */
  static Text json(Object value, Json form) {
    return written(value, form);
  }

  private static Text written(Object value, Json form) {
    Literals literals = new Literals(form);
    literals.write(value, 0);
    return literals.out.text();
  }

  private void write(Object value, int depth) {
    if (depth > DEEPEST || out.length() > MOST_CHARACTERS) {
      throw new TemplateException(
          depth > DEEPEST ? "values too deep within each other" : "a value too large to write");
    }
    if (value instanceof Text text) {
      string(text);
    } else if (value instanceof List<?> list) {
      out.add("[");
      int at = 0;
      for (Object item : list) {
        begin(at++, depth + 1);
        write(item, depth + 1);
      }
      end(at, depth);
      out.add("]");
    } else if (value instanceof Map<?, ?> map) {
      out.add("{");
      int at = 0;
      Map<?, ?> ordered = json != null && json.sorted() ? new TreeMap<>(map) : map;
      for (Map.Entry<?, ?> entry : ordered.entrySet()) {
        begin(at++, depth + 1);
        string(Text.given(entry.getKey().toString()));
        out.add(json == null ? ": " : json.key());
        write(entry.getValue(), depth + 1);
      }
      end(at, depth);
      out.add("}");
    } else {
      out.add(plain(value));
    }
  }

  private String plain(Object value) {
    if (value instanceof Boolean truth) {
      return json == null ? truth ? "True" : "False" : truth.toString();
    }
    if (value instanceof Double number) {
      return Values.written(number);
    }
    if (value instanceof Long) {
      return value.toString();
    }
    if (value == Values.NONE) {
      return json == null ? "None" : "null";
    }
    throw new TemplateException("%s, which cannot be written".formatted(Values.kind(value)));
  }

  private void begin(int at, int depth) {
    if (json == null) {
      out.add(at > 0 ? ", " : "");
    } else {
      out.add(at > 0 ? json.item() : "");
      newLine(depth);
    }
  }

  private void end(int count, int depth) {
    if (json != null && count > 0) {
      newLine(depth);
    }
  }

  private void newLine(int depth) {
    if (json.indent() >= 0) {
      out.add("\n" + " ".repeat(json.indent() * depth));
    }
  }

  private void string(Text text) {
    String chars = text.toString();
    char quote = json != null || chars.contains("'") && !chars.contains("\"") ? '"' : '\'';
    out.add(String.valueOf(quote));
    for (int i = 0; i < chars.length(); i++) {
      out.add(escaped(chars.charAt(i), quote), text, i);
    }
    out.add(String.valueOf(quote));
  }

  private String escaped(char c, char quote) {
    int named = (json == null ? "\\\n\r\t" : "\\\n\r\t\b\f").indexOf(c);
    if (named >= 0) {
      return "\\" + "\\nrtbf".charAt(named);
    }
    if (c == quote) {
      return "\\" + c;
    }
    if (json == null) {
      return c < 0x20 || c >= 0x7f && c <= 0xa0 || c == 0xad
          ? "\\x%02x".formatted((int) c)
          : String.valueOf(c);
    }
    return c < 0x20 || json.ascii() && c > 0x7e ? "\\u%04x".formatted((int) c) : String.valueOf(c);
  }
}
