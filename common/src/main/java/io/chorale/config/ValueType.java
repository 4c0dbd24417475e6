package io.chorale.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Types of settings: checks that a value fits the class that its key is bound to. */
final class ValueType {
  private static final Pattern WHOLE = Pattern.compile("[-+]?[0-9]{1,40}");
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?(?:[0-9]{1,40}\\.?[0-9]{0,40}|\\.[0-9]{1,40})(?:[eE][-+]?[0-9]{1,4})?");

  private static final int DIGITS_OF_LONG = 18;

  private ValueType() {}

  /**
   * The value, as its class has it.
   *
   * @param key of the setting
   * @param value as {@link YamlTree} has it
   * @throws SettingsException where the value is of another type
   */
  static JsonNode checked(String key, JsonNode value) {
    return checked(key, Reference.type(key), value);
  }

  /**
   * The value, as its class has it.
   *
   * @param key what to call it in errors
   */
  static JsonNode checked(String key, Class<?> type, JsonNode value) {
    String text = value.isTextual() ? value.asText() : "";
    if (type == int.class || type == long.class) {
      require(WHOLE.matcher(text).matches(), key, "a whole number", value, inDigits(text));
      int bits = type == int.class ? Integer.SIZE - 1 : Long.SIZE - 1;
      BigInteger whole = new BigInteger(text);
      require(whole.bitLength() <= bits, key, "a whole number below 2^" + bits, value, "");
      return LongNode.valueOf(whole.longValue());
    }
    if (type == double.class) {
      require(NUMBER.matcher(text).matches(), key, "a number", value, "");
      return DoubleNode.valueOf(Double.parseDouble(text));
    }
    if (type == boolean.class) {
      require(Set.of("true", "false").contains(text), key, "true or false", value, "");
      return BooleanNode.valueOf(text.equals("true"));
    }
    if (type.isEnum()) {
      List<String> names = names(type);
      require(names.contains(text), key, ReadWhere.oneOf(names), value, "");
      return value;
    }
    if (type == List.class) {
      boolean texts = value.isArray() || value.isTextual();
      for (JsonNode element : value) {
        texts &= element.isTextual();
      }
      require(texts, key, "a text or a list of texts", value, "");
      if (Reference.has(key) && Reference.elementType(key).isEnum()) {
        for (JsonNode element : value.isArray() ? value : List.of(value)) {
          checked(key, Reference.elementType(key), element);
        }
      }
      return value;
    }
    if (type == Map.class) {
      return texts(key, value);
    }
    if (type == Sections.class) {
      return sections(key, value);
    }
    require(value.isNull() || value.isTextual(), key, "text", value, "");
    return TextNode.valueOf(text);
  }

  private static ObjectNode texts(String key, JsonNode value) {
    require(isMap(value), key, "texts by name, {name: text}", value, "");
    ObjectNode texts = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, JsonNode> text : value.properties()) {
      String name = key + "." + text.getKey();
      texts.set(text.getKey(), checked(name, String.class, text.getValue()));
    }
    return texts;
  }

  /** Sections by name, each with keys of the section that the key itself belongs to. */
  private static ObjectNode sections(String key, JsonNode value) {
    require(isMap(value), key, "keys with values by name, {name: {key: value}}", value, "");
    ObjectNode sections = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, JsonNode> named : value.properties()) {
      sections.set(named.getKey(), section(key, named.getKey(), named.getValue()));
    }
    return sections;
  }

  private static ObjectNode section(String key, String name, JsonNode value) {
    String shown = key + "." + name;
    require(isMap(value), shown, "keys with values", value, "");
    String section = Reference.path(key)[0] + ".";
    List<String> known =
        Reference.keys().stream()
            .filter(other -> other.startsWith(section) && !other.equals(key))
            .map(other -> other.substring(section.length()))
            .toList();
    ObjectNode keys = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, JsonNode> stated : value.properties()) {
      String inner = shown + "." + stated.getKey();
      if (!known.contains(stated.getKey())) {
        throw new SettingsException(
            "Unknown setting %s. The nearest known one is %s."
                .formatted(Shown.of(inner), Nearest.of(stated.getKey(), known)));
      }
      Class<?> type = Reference.type(section + stated.getKey());
      keys.set(stated.getKey(), checked(inner, type, stated.getValue()));
    }
    return keys;
  }

  private static boolean isMap(JsonNode value) {
    return value.isObject() || value.isNull();
  }

  private static void require(
      boolean holds, String key, String must, JsonNode value, String advice) {
    if (!holds) {
      String got =
          value.isNull() ? "nothing" : value.isValueNode() ? value.asText() : value.toString();
      throw new SettingsException(
          "%s must be %s (got: %s).%s".formatted(Shown.of(key), must, Shown.of(got), advice));
    }
  }

  private static List<String> names(Class<?> type) {
    List<String> names = new ArrayList<>();
    for (Object constant : type.getEnumConstants()) {
      names.add(Binding.name(constant));
    }
    return names;
  }

  /** How to write a whole number that is there in another way, such as 1e3. */
  private static String inDigits(String text) {
    if (!NUMBER.matcher(text).matches()) {
      return "";
    }
    BigDecimal number = new BigDecimal(text);
    boolean whole = number.stripTrailingZeros().scale() <= 0;
    boolean small = number.precision() - number.scale() <= DIGITS_OF_LONG;
    return whole && small ? " Write " + number.toBigInteger() + "." : "";
  }
}
