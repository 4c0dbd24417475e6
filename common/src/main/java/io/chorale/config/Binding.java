package io.chorale.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.EnumNamingStrategies;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.UncheckedIOException;

/** Settings as a tree of kebab-case keys, and back. */
final class Binding {
  private static final YAMLMapper MAPPER =
      YAMLMapper.builder(
              YAMLFactory.builder().disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER).build())
          .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
          .enumNamingStrategy(EnumNamingStrategies.KEBAB_CASE)
          .enable(DeserializationFeature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
          .build();

  private Binding() {}

  /** The records' own checks are made. */
  static Settings settings(ObjectNode tree) {
    try {
      return MAPPER.treeToValue(tree, Settings.class);
    } catch (JsonProcessingException e) {
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof SettingsException refused) {
          throw refused;
        }
      }
      throw new UncheckedIOException(e);
    }
  }

  static ObjectNode tree(Settings settings) {
    return MAPPER.valueToTree(settings);
  }

  static String yaml(Settings settings) {
    try {
      return MAPPER.writeValueAsString(settings);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A value as trees have it. */
  static JsonNode node(Object value) {
    return MAPPER.valueToTree(value);
  }

  /** A choice, as a file writes it. */
  static String name(Object constant) {
    return MAPPER.valueToTree(constant).asText();
  }

  /** The value of a key in a tree, as text. */
  static String text(JsonNode tree, String key) {
    JsonNode value = value(tree, key);
    return value.isValueNode() ? value.asText() : value.toString();
  }

  static JsonNode value(JsonNode tree, String key) {
    String[] path = Reference.path(key);
    return tree.path(path[0]).path(path[1]);
  }
}
