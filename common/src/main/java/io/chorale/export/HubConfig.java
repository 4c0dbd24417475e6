package io.chorale.export;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.config.SettingsException;
import io.chorale.config.Shown;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The {@code config.json} of a model of Hugging Face's library. What it says of the computation is
 * understood, or refused by name; what it leaves out is what the library takes then.
 */
final class HubConfig {
  static final String GPT2 = "gpt2";

  /** The architectures that are read. */
  private static final List<String> KNOWN =
      List.of(GPT2, LlamaLayout.LLAMA, LlamaLayout.QWEN2, LlamaLayout.QWEN3);

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final String name;
  private final JsonNode root;
  private final String type;

  /**
   * Parses a file.
   *
   * @param name of the folder, for messages
   * @throws SettingsException where it is none, or that of an unknown architecture
   */
  HubConfig(byte[] json, String name) {
    this.name = name;
    try {
      this.root = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw refused("its config.json is no JSON", "an object", "Take the folder anew.");
    } catch (IOException e) {
      throw new IllegalStateException("bytes can be read", e);
    }
    if (!root.isObject()) {
      throw refused("its config.json is no JSON object", "one", "Take the folder anew.");
    }
    this.type = root.path("model_type").asText("");
    if (!KNOWN.contains(type)) {
      throw refused(
          "its model_type is " + Shown.of(type),
          "one of " + String.join(", ", KNOWN),
          "Choose another model.");
    }
    HubKeys.check(this);
  }

  /** The architecture, as the library names it. */
  String type() {
    return type;
  }

  /** The error about the folder. */
  SettingsException refused(String found, String expected, String advice) {
    return new SettingsException(
        "Cannot begin from %s: %s, expected %s. %s".formatted(name, found, expected, advice));
  }

  /** The error about a key. */
  SettingsException refused(String key, String expected) {
    return refused(
        "its config.json has %s %s".formatted(Shown.of(key), Shown.of(root.path(key).toString())),
        expected,
        "No such model can be computed here: choose another one.");
  }

  /** All keys with their values. */
  Set<Map.Entry<String, JsonNode>> entries() {
    return root.properties();
  }

  /** The value of a key; missing where it is not there or null. */
  JsonNode at(String key) {
    JsonNode value = root.path(key);
    return value.isNull() ? root.path("") : value;
  }

  /** A whole number that must be there. */
  int number(String key) {
    return find(key).orElseThrow(() -> refused(key, "a whole number"));
  }

  /** A whole number, where it is there. */
  Optional<Integer> find(String key) {
    JsonNode value = at(key);
    if (value.isMissingNode()) {
      return Optional.empty();
    }
    if (!value.isInt() || value.intValue() < 1) {
      throw refused(key, "a whole number from 1 on");
    }
    return Optional.of(value.intValue());
  }

  /** A real number. */
  double real(String key, double otherwise) {
    JsonNode value = at(key);
    if (!value.isMissingNode() && !value.isNumber()) {
      throw refused(key, "a number");
    }
    return value.asDouble(otherwise);
  }

  /** A truth value. */
  boolean flag(String key, boolean otherwise) {
    JsonNode value = at(key);
    if (!value.isMissingNode() && !value.isBoolean()) {
      throw refused(key, "true or false");
    }
    return value.asBoolean(otherwise);
  }

  /** A text. */
  String text(String key, String otherwise) {
    JsonNode value = at(key);
    if (!value.isMissingNode() && !value.isTextual()) {
      throw refused(key, "a text");
    }
    return value.asText(otherwise);
  }
}
