package io.chorale.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Reads and writes settings as YAML with kebab-case keys.
 *
 * <p>A user's file is laid over {@code reference.yaml}, single {@code section.key=value} overrides
 * over both. A key that the reference does not have is refused, and the nearest one named; so is a
 * key that is set though nothing reads it with these settings. A key of an override is set; one of
 * a file is where its value is not the default, so that a file which states every key, as a run's
 * does, can be used again.
 */
public final class SettingsFile {
  private static final String SET = "--set";
  private static final String LIST = "[";
  private static final String MAP = "{";

  private SettingsFile() {}

  /**
   * Binds a user's settings.
   *
   * @param name what to call the file in errors
   * @param yaml the user's YAML, possibly empty
   * @param overrides {@code section.key=value}, the value as text, or as a list in brackets or a
   *     map in braces
   * @throws SettingsException on bad syntax, an unknown key, a wrong type, a value out of range, or
   *     a key that is set and not read
   */
  public static Settings read(String name, String yaml, List<String> overrides) {
    ObjectNode tree = overlaid(name, yaml);
    Map<String, JsonNode> given = values(overrides);
    overlay(tree, given, SET);
    Settings settings = Binding.settings(tree);
    refuseUnread(settings, given.keySet());
    for (Sources.Source source : Sources.of(settings).all()) {
      refuseUnread(settings, source);
    }
    return settings;
  }

  /** The keys that single overrides {@code section.key=value} set, by the names they have now. */
  public static Set<String> overridden(List<String> overrides) {
    return values(overrides).keySet();
  }

  /**
   * Binds what {@link #write} has written, now or in a past version: every key is stated, read or
   * not.
   */
  public static Settings reopen(String name, String yaml) {
    return Binding.settings(overlaid(name, yaml));
  }

  /** The default settings. */
  public static Settings defaults() {
    return Binding.settings(Reference.defaults());
  }

  /**
   * These settings with a few changed, whether they are read or not.
   *
   * @param overrides {@code section.key=value}, as in {@link #read}
   */
  public static Settings with(Settings settings, String... overrides) {
    return with(settings, List.of(overrides));
  }

  /** As {@link #with(Settings, String...)}. */
  public static Settings with(Settings settings, List<String> overrides) {
    ObjectNode tree = Binding.tree(settings);
    overlay(tree, values(overrides), SET);
    return Binding.settings(tree);
  }

  /** These settings with some sections of others. */
  public static Settings with(Settings settings, Settings others, Set<String> sections) {
    ObjectNode tree = Binding.tree(settings);
    ObjectNode from = Binding.tree(others);
    sections.forEach(section -> tree.set(section, from.get(section)));
    return Binding.settings(tree);
  }

  /** All keys, {@code section.key}, in the order of the reference. */
  public static List<String> keys() {
    return Reference.keys();
  }

  /** Whether a key is read with these settings. */
  public static boolean reads(Settings settings, String key) {
    return unmet(Binding.tree(settings), key).isEmpty();
  }

  /** The settings as YAML, every key stated; {@link #reopen} gives equal settings back. */
  public static String write(Settings settings) {
    return Binding.yaml(settings);
  }

  /** The value of one key, as YAML writes it. */
  public static String value(Settings settings, String key) {
    return Binding.text(Binding.tree(settings), key);
  }

  private static ObjectNode overlaid(String name, String yaml) {
    ObjectNode tree = Reference.defaults();
    overlay(tree, MovedKeys.renamed(stated(name, yaml), name), name);
    return tree;
  }

  /**
   * The values that a file states, by key. A key that stands outside of a known section keeps its
   * bare name.
   *
   * @throws SettingsException on bad syntax, or where there is no place for a value
   */
  private static Map<String, JsonNode> stated(String name, String yaml) {
    Map<String, JsonNode> stated = new LinkedHashMap<>();
    fields(YamlTree.parse(name, yaml, "Correct the file."), name)
        .forEach(
            (section, value) -> {
              if (Reference.sections().contains(section)) {
                fields(value, section)
                    .forEach((key, inner) -> state(stated, section + "." + key, inner));
              } else {
                state(stated, section, value);
              }
            });
    return stated;
  }

  private static void state(Map<String, JsonNode> stated, String key, JsonNode value) {
    if (stated.put(key, value) != null) {
      throw new SettingsException(
          "%s must be given once (got: in its section and as %s).".formatted(key, key));
    }
  }

  private static Map<String, JsonNode> fields(JsonNode node, String name) {
    Map<String, JsonNode> fields = new LinkedHashMap<>();
    if (node.isObject()) {
      node.properties().forEach(field -> fields.put(field.getKey(), field.getValue()));
    } else if (!node.isNull()) {
      String value = node.isValueNode() ? node.asText() : node.toString();
      throw new SettingsException(
          "%s must be keys with values (got: %s)".formatted(name, Shown.of(value)));
    }
    return fields;
  }

  /** The values of single overrides by key; a later one of the same key wins. */
  private static Map<String, JsonNode> values(List<String> overrides) {
    Map<String, JsonNode> values = new LinkedHashMap<>();
    for (String override : overrides) {
      int equals = override.indexOf('=');
      int dot = override.indexOf('.');
      if (dot < 1 || equals < dot + 2) {
        throw new SettingsException(
            "--set must be section.key=value (got: " + shown(override) + ")");
      }
      String key = override.substring(0, equals);
      values.put(key, overriding(key, override.substring(equals + 1)));
    }
    return MovedKeys.renamed(values, SET);
  }

  private static JsonNode overriding(String key, String value) {
    String now = MovedKeys.now(key);
    String opening = Reference.has(now) ? opening(Reference.type(now)) : "";
    if (!opening.isEmpty() && value.isBlank()) {
      return opening.equals(LIST)
          ? JsonNodeFactory.instance.arrayNode()
          : JsonNodeFactory.instance.objectNode();
    }
    // All of it is meant, whatever YAML would make of it; one text for a list of them, too.
    return !opening.isEmpty() && value.strip().startsWith(opening)
        ? YamlTree.parse(
            SET + " " + Shown.of(key), value, "Correct the value; a shell may need quotes.")
        : TextNode.valueOf(value);
  }

  /** With what YAML begins a value of several on one line; empty where a value is one. */
  private static String opening(Class<?> type) {
    boolean map = type == Map.class || type == Sections.class;
    return map ? MAP : type == List.class ? LIST : "";
  }

  /** An override without its value, which may be a secret in the wrong place. */
  private static String shown(String override) {
    int equals = override.indexOf('=');
    return Secrets.in(override) || equals < 0
        ? Shown.of(override)
        : Shown.of(override.substring(0, equals));
  }

  private static void overlay(ObjectNode tree, Map<String, JsonNode> stated, String name) {
    stated.forEach(
        (key, value) -> {
          Secrets.refuse("a key of " + name, key);
          refuseSecrets(key, value);
          if (!Reference.has(key)) {
            throw new SettingsException(
                "Unknown setting %s in %s. The nearest known one is %s."
                    .formatted(Shown.of(key), name, Reference.nearest(key)));
          }
          String[] path = Reference.path(key);
          ((ObjectNode) tree.get(path[0])).set(path[1], ValueType.checked(key, value));
        });
  }

  private static void refuseSecrets(String key, JsonNode value) {
    if (value.isValueNode()) {
      Secrets.refuse(key, value.asText());
    }
    value.forEach(element -> refuseSecrets(key, element));
    for (Map.Entry<String, JsonNode> field : value.properties()) {
      Secrets.refuse(key, field.getKey());
      Secrets.refuseNamed(key, field.getKey(), field.getValue().asText());
    }
  }

  private static void refuseUnread(Settings settings, Set<String> overridden) {
    JsonNode values = Binding.tree(settings);
    JsonNode defaults = Binding.tree(defaults());
    refuseUnread(
        "",
        values,
        key ->
            overridden.contains(key)
                || !Binding.value(values, key).equals(Binding.value(defaults, key)));
  }

  /** Refuses what a source sets beside the settings of the corpus, and nothing reads for it. */
  private static void refuseUnread(Settings settings, Sources.Source source) {
    Set<String> stated =
        settings.corpus().sources().byName().getOrDefault(source.name(), Map.of()).keySet();
    refuseUnread(
        "corpus.sources.%s: ".formatted(source.name()),
        Binding.tree(source.settings()),
        key -> key.startsWith("corpus.") && stated.contains(Reference.path(key)[1]));
  }

  /**
   * Refuses keys that are set and not read.
   *
   * @param where begins the message
   */
  private static void refuseUnread(String where, JsonNode values, Predicate<String> set) {
    List<String> unread = new ArrayList<>();
    Set<String> deciding = new LinkedHashSet<>();
    for (String key : keys()) {
      if (set.test(key)) {
        unmet(values, key)
            .ifPresent(
                condition -> {
                  unread.add(
                      "%s is read where %s (is: %s). "
                          .formatted(
                              key,
                              condition,
                              Shown.of(ReadWhere.shown(text(values, condition.key())))));
                  deciding.add(condition.key());
                });
      }
    }
    if (!unread.isEmpty()) {
      throw new SettingsException(
          "%s%sRemove %s, or change %s."
              .formatted(
                  where,
                  String.join("", unread),
                  unread.size() == 1 ? "it" : "what is not read",
                  String.join(" or ", deciding)));
    }
  }

  private static Optional<ReadWhere.Condition> unmet(JsonNode values, String key) {
    return Reference.readWhere(key).unmet(other -> text(values, other));
  }

  /** The value of a key as conditions see it: an empty list or map is not set. */
  private static String text(JsonNode values, String key) {
    JsonNode value = Binding.value(values, key);
    return value.isContainerNode() && value.isEmpty() ? "" : Binding.text(values, key);
  }
}
