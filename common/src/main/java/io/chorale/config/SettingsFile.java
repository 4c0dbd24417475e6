package io.chorale.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.EnumNamingStrategies;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Reads and writes settings as YAML with kebab-case keys.
 *
 * <p>A user's file is laid over {@code reference.yaml}, single {@code section.key=value} overrides
 * over both. A key that the reference does not have is refused, and the nearest one named.
 */
public final class SettingsFile {
  private static final String REFERENCE = "reference.yaml";
  private static final YAMLMapper YAML = mapper();

  private SettingsFile() {}

  /**
   * Binds settings.
   *
   * @param name what to call the file in errors
   * @param yaml the user's YAML, possibly empty
   * @param overrides {@code section.key=value}, the value as YAML
   * @throws SettingsException on bad syntax, an unknown key, a wrong type or a value out of range
   */
  public static Settings read(String name, String yaml, List<String> overrides) {
    ObjectNode tree = reference();
    overlay(tree, MovedKeys.rename(parse(name, yaml, "Correct the file."), name), "", name);
    for (String override : overrides) {
      overlay(tree, parseOverride(override), "", "--set " + shown(override));
    }
    refuseSecrets(tree);
    return bind(tree, name);
  }

  /**
   * These settings with a few changed.
   *
   * @param overrides {@code section.key=value}, as in {@link #read}
   */
  public static Settings with(Settings settings, String... overrides) {
    return read("the changed settings", write(settings), List.of(overrides));
  }

  /** All keys, {@code section.key}, in the order of the reference. */
  public static List<String> keys() {
    List<String> keys = new ArrayList<>();
    reference()
        .properties()
        .forEach(
            section ->
                section
                    .getValue()
                    .fieldNames()
                    .forEachRemaining(key -> keys.add(section.getKey() + "." + key)));
    return keys;
  }

  /** The settings as YAML, every key stated; {@link #read} gives equal settings back. */
  public static String write(Settings settings) {
    try {
      return YAML.writeValueAsString(settings);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The value of one key, as YAML writes it. */
  public static String value(Settings settings, String key) {
    String[] path = key.split("\\.", 2);
    JsonNode value = YAML.valueToTree(settings).path(path[0]).path(path[1]);
    return value.isValueNode() ? value.asText() : value.toString();
  }

  private static YAMLMapper mapper() {
    YAMLMapper mapper =
        YAMLMapper.builder(
                YAMLFactory.builder()
                    .enable(YAMLParser.Feature.EMPTY_STRING_AS_NULL)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                    .build())
            .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
            .enumNamingStrategy(EnumNamingStrategies.KEBAB_CASE)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            // In a shell, brackets would need quotes.
            .enable(DeserializationFeature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .build();
    // A number where text is expected is a wrong type everywhere but in average-every.
    mapper
        .coercionConfigFor(LogicalType.Textual)
        .setCoercion(CoercionInputShape.Integer, CoercionAction.TryConvert)
        .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
        .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
    return mapper;
  }

  private static ObjectNode reference() {
    try (InputStream in = SettingsFile.class.getResourceAsStream(REFERENCE)) {
      return (ObjectNode) YAML.readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonNode parse(String name, String yaml, String advice) {
    try {
      refuseTags(name, yaml);
      return YAML.readTree(yaml);
    } catch (IOException e) {
      throw new SettingsException(
          "Cannot read settings " + name + ": " + found(e) + ", expected YAML. " + advice, e);
    }
  }

  private static String found(IOException e) {
    if (!(e instanceof JsonProcessingException syntax)) {
      return "bad syntax";
    }
    String what = syntax.getOriginalMessage().lines().findFirst().orElse("bad syntax");
    return syntax.getLocation() == null
        ? what
        : what + " at line " + syntax.getLocation().getLineNr();
  }

  /** A tag asks for an object of a class; settings are numbers and texts. */
  private static void refuseTags(String name, String yaml) throws IOException {
    try (YAMLParser parser = YAML.getFactory().createParser(yaml)) {
      while (parser.nextToken() != null) {
        if (parser.getTypeId() != null) {
          throw new SettingsException(
              "Cannot read settings %s: there is a YAML tag (!...) at line %d, expected plain values. Remove it."
                  .formatted(name, parser.currentTokenLocation().getLineNr()));
        }
      }
    }
  }

  /** An override without its value, which may be a secret in the wrong place. */
  private static String shown(String override) {
    int equals = override.indexOf('=');
    return equals < 0 ? override : override.substring(0, equals);
  }

  private static void refuseSecrets(ObjectNode tree) {
    for (Map.Entry<String, JsonNode> section : tree.properties()) {
      for (Map.Entry<String, JsonNode> setting : section.getValue().properties()) {
        String key = section.getKey() + "." + setting.getKey();
        JsonNode value = setting.getValue();
        Secrets.refuse(key, value.isValueNode() ? value.asText() : value.toString());
      }
    }
  }

  private static JsonNode parseOverride(String override) {
    int equals = override.indexOf('=');
    int dot = override.indexOf('.');
    if (dot < 1 || equals < dot + 2) {
      throw new SettingsException("--set must be section.key=value (got: " + shown(override) + ")");
    }
    ObjectNode tree = YAML.createObjectNode();
    String[] path = MovedKeys.now(override.substring(0, equals)).split("\\.", 2);
    String section = path[0];
    String key = path[1];
    String text = override.substring(equals + 1);
    JsonNode known = reference().path(section).path(key);
    // Where text is expected, all of it is meant, whatever YAML would make of it; one text for a
    // list of them, too.
    boolean literal =
        text.isBlank() || known.isTextual() || (known.isArray() && !text.strip().startsWith("["));
    JsonNode value =
        literal
            ? YAML.getNodeFactory().textNode(text)
            : parse(
                "--set " + shown(override), text, "Correct the value; a shell may need quotes.");
    tree.putObject(section).set(key, value);
    return tree;
  }

  private static void overlay(ObjectNode base, JsonNode over, String prefix, String name) {
    if (over.isMissingNode() || over.isNull()) {
      return;
    }
    if (!over.isObject()) {
      throw new SettingsException(
          (prefix.isEmpty() ? name : prefix.substring(0, prefix.length() - 1))
              + " must be keys with values (got: "
              + over.toString()
              + ")");
    }
    Iterator<Map.Entry<String, JsonNode>> fields = over.properties().iterator();
    while (fields.hasNext()) {
      Map.Entry<String, JsonNode> field = fields.next();
      String key = prefix + field.getKey();
      JsonNode known = base.get(field.getKey());
      if (known == null) {
        throw new SettingsException(
            "Unknown setting "
                + key
                + " in "
                + name
                + ". The nearest known one is "
                + nearest(key, base, prefix)
                + ".");
      }
      if (known.isObject()) {
        overlay((ObjectNode) known, field.getValue(), key + ".", name);
      } else {
        base.set(field.getKey(), field.getValue());
      }
    }
  }

  private static String nearest(String key, ObjectNode base, String prefix) {
    List<String> candidates = new ArrayList<>(keys());
    base.fieldNames().forEachRemaining(field -> candidates.add(prefix + field));
    return candidates.stream()
        .min(Comparator.comparingInt(candidate -> distance(key, candidate)))
        .orElseThrow();
  }

  /** Levenshtein distance, in O(a * b). */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }

  private static Settings bind(ObjectNode tree, String name) {
    try {
      return YAML.treeToValue(tree, Settings.class);
    } catch (JsonMappingException e) {
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof SettingsException settings) {
          throw settings;
        }
      }
      String key =
          e.getPath().stream()
              .map(JsonMappingException.Reference::getFieldName)
              .filter(part -> part != null)
              .collect(Collectors.joining("."));
      throw new SettingsException(
          key
              + " in "
              + name
              + " has the wrong type or value ("
              + e.getOriginalMessage().lines().findFirst().orElse("")
              + ")",
          e);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
