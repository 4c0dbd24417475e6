package io.chorale.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.EnumNamingStrategies;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.StringReader;
import java.util.LinkedHashMap;
import java.util.Map;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.CollectionStartEvent;
import org.yaml.snakeyaml.events.DocumentStartEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;

/**
 * YAML as settings use it: sections of keys with plain values, in one document. What asks for an
 * object of a class (a tag) or stands for something said elsewhere (an alias) is refused.
 */
final class SettingsYaml {
  static final YAMLMapper MAPPER =
      YAMLMapper.builder(
              YAMLFactory.builder()
                  .enable(YAMLParser.Feature.EMPTY_STRING_AS_NULL)
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                  .build())
          .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
          .enumNamingStrategy(EnumNamingStrategies.KEBAB_CASE)
          // Numbers stay as they were written.
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          // In a shell, brackets would need quotes.
          .enable(DeserializationFeature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
          .build();

  private SettingsYaml() {}

  /**
   * What a file states, {@code section.key} by {@code section.key}, in its order. A key that stands
   * outside of a section keeps its bare name.
   *
   * @param name what to call the file in errors
   * @throws SettingsException on bad syntax, or where there is no place for a value
   */
  static Map<String, JsonNode> stated(String name, String yaml) {
    Map<String, JsonNode> stated = new LinkedHashMap<>();
    JsonNode tree = parse(name, yaml, "Correct the file.");
    for (Map.Entry<String, JsonNode> section : fields(tree, name).entrySet()) {
      String outer = section.getKey();
      if (!Reference.sections().contains(outer)) {
        stated.put(outer, section.getValue());
      } else {
        fields(section.getValue(), outer)
            .forEach((key, value) -> stated.put(outer + "." + key, value));
      }
    }
    return stated;
  }

  /** One YAML value. */
  static JsonNode parse(String name, String yaml, String advice) {
    try {
      refuseIndirection(name, yaml);
      return MAPPER.readTree(yaml);
    } catch (MarkedYAMLException e) {
      String what = e.getProblem() == null ? "bad syntax" : e.getProblem();
      int line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine() + 1;
      throw unreadable(name, yaml, what, line, advice, e);
    } catch (YAMLException e) {
      throw unreadable(name, yaml, e.getMessage(), 0, advice, e);
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
      throw unreadable(name, yaml, e.getOriginalMessage(), line, advice, e);
    }
  }

  private static SettingsException unreadable(
      String name, String yaml, String what, int line, String advice, Exception cause) {
    boolean secret = Secrets.in(yaml);
    String said =
        secret || what == null ? "bad syntax" : what.lines().findFirst().orElse("bad syntax");
    String message =
        "Cannot read settings %s: %s%s, expected YAML. %s"
            .formatted(name, Shown.of(said), line > 0 ? " at line " + line : "", advice);
    // The cause may quote the text.
    return secret ? new SettingsException(message) : new SettingsException(message, cause);
  }

  private static void refuseIndirection(String name, String yaml) {
    int documents = 0;
    for (Event event : new Yaml().parse(new StringReader(yaml))) {
      String found = indirection(event);
      if (event instanceof DocumentStartEvent && ++documents > 1) {
        found = "a second document (---)";
      }
      if (found != null) {
        throw new SettingsException(
            "Cannot read settings %s: there is %s at line %d, expected plain values. Remove it."
                .formatted(name, found, event.getStartMark().getLine() + 1));
      }
    }
  }

  /** The name of what is no plain value, or null. */
  private static String indirection(Event event) {
    if (event instanceof AliasEvent) {
      return "a YAML alias (*...)";
    }
    if (event instanceof NodeEvent node && node.getAnchor() != null) {
      return "a YAML anchor (&...)";
    }
    String tag =
        event instanceof ScalarEvent scalar
            ? scalar.getTag()
            : event instanceof CollectionStartEvent collection ? collection.getTag() : null;
    return tag == null ? null : "a YAML tag (!...)";
  }

  private static Map<String, JsonNode> fields(JsonNode node, String name) {
    Map<String, JsonNode> fields = new LinkedHashMap<>();
    if (node.isObject()) {
      node.properties().forEach(field -> fields.put(field.getKey(), field.getValue()));
    } else if (!node.isMissingNode() && !node.isNull()) {
      String value = node.isValueNode() ? node.asText() : node.toString();
      throw new SettingsException(
          "%s must be keys with values (got: %s)".formatted(name, Shown.of(value)));
    }
    return fields;
  }
}
