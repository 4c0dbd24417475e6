package io.chorale.token;

import com.fasterxml.jackson.databind.JsonNode;
import io.chorale.config.ChoraleException;

/**
 * A normalizer, pre-tokenizer, decoder or model of a tokenizer.json, whose fields are checked as
 * they are read. A field that is missing or null has its default.
 */
final class Component {
  private static final int LONGEST = 1000;

  private final TokenizerFile file;
  private final String kind;
  private final JsonNode node;

  /**
   * @param kind what messages call it
   */
  Component(TokenizerFile file, String kind, JsonNode node) {
    this.file = file;
    this.kind = kind;
    this.node = node;
  }

  String type() {
    return node.path("type").asText();
  }

  /** A text that is not very long. */
  String text(String key, String otherwise) {
    JsonNode value = node.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return otherwise;
    }
    if (!value.isTextual()
        || value.textValue().length() > LONGEST
        || !WellFormed.is(value.textValue())) {
      throw damaged(key + " " + TokenizerFile.brief(value), "a text of at most " + LONGEST);
    }
    return value.textValue();
  }

  /** A text that is not empty. */
  String filled(String key, String otherwise) {
    String text = text(key, otherwise);
    if (text.isEmpty()) {
      throw damaged("an empty " + key, "some text");
    }
    return text;
  }

  /** A single character. */
  String character(String key, String otherwise) {
    String text = text(key, otherwise);
    if (text.codePointCount(0, text.length()) != 1) {
      throw damaged(key + " \"" + text + "\"", "a single character");
    }
    return text;
  }

  boolean flag(String key, boolean otherwise) {
    JsonNode value = node.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return otherwise;
    }
    if (!value.isBoolean()) {
      throw damaged(key + " " + TokenizerFile.brief(value), "true or false");
    }
    return value.booleanValue();
  }

  /** A whole number that is not negative. */
  long number(String key, long otherwise) {
    JsonNode value = node.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return otherwise;
    }
    if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
      throw damaged(key + " " + TokenizerFile.brief(value), "a whole number from 0 on");
    }
    return value.longValue();
  }

  /**
   * A pattern, which is a text or a regular expression.
   *
   * @param form {@code String} or {@code Regex}
   * @return null where it is of the other form
   */
  String pattern(String form) {
    JsonNode pattern = node.path("pattern");
    JsonNode value = pattern.path(form);
    if (pattern.size() != 1 || !(pattern.has("String") || pattern.has("Regex"))) {
      throw damaged("the pattern " + TokenizerFile.brief(pattern), "a String or a Regex");
    }
    if (value.isMissingNode()) {
      return null;
    }
    if (!value.isTextual() || !WellFormed.is(value.textValue())) {
      throw damaged("the pattern " + TokenizerFile.brief(value), "a text");
    }
    return value.textValue();
  }

  /** The error for a type that is not known. */
  ChoraleException unknown() {
    return file.damaged(
        "a " + kind + " of the type " + TokenizerFile.brief(node.path("type")), "a known one");
  }

  /** The error for what is found in it. */
  ChoraleException damaged(String found, String expected) {
    return file.damaged(found + " in its " + kind + " " + type(), expected);
  }
}
