package io.chorale.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.KebabCaseStrategy;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The keys that {@code reference.yaml} declares: the default of each, its explanation, and for
 * which kinds it is read. The type of a key is that of its record's component.
 */
final class Reference {
  private static final String FILE = "reference.yaml";

  /** A section, or, indented, a key of one. */
  private static final Pattern ENTRY = Pattern.compile("( *)([a-z0-9-]+):.*");

  private static final String TEXT = load();
  private static final Map<String, Map<String, RecordComponent>> COMPONENTS = components();
  private static final Map<String, String> SENTENCES = sentences();
  private static final Map<String, ReadWhere> CONDITIONS = conditions();

  private Reference() {}

  /** The defaults, to be changed at will. */
  static ObjectNode defaults() {
    ObjectNode defaults = (ObjectNode) YamlTree.parse(FILE, TEXT, "");
    for (String key : keys()) {
      String[] path = path(key);
      ObjectNode section = (ObjectNode) defaults.get(path[0]);
      section.set(path[1], ValueType.checked(key, section.get(path[1])));
    }
    return defaults;
  }

  /** All sections, in the order of {@link Settings}. */
  static Set<String> sections() {
    return COMPONENTS.keySet();
  }

  /** All keys, {@code section.key}, in the order of the records. */
  static List<String> keys() {
    return COMPONENTS.entrySet().stream()
        .flatMap(
            section ->
                section.getValue().keySet().stream().map(key -> section.getKey() + "." + key))
        .toList();
  }

  static boolean has(String key) {
    String[] path = path(key);
    return path.length == 2 && COMPONENTS.getOrDefault(path[0], Map.of()).containsKey(path[1]);
  }

  /** The class that a key's value is bound to. */
  static Class<?> type(String key) {
    return component(key).getType();
  }

  /** The comment above a key, or above a section; empty where there is none. */
  static String sentence(String key) {
    return SENTENCES.getOrDefault(key, "");
  }

  /** For which settings a key is read; its section's condition included. */
  static ReadWhere readWhere(String key) {
    return CONDITIONS.get(key);
  }

  /** Section and key. */
  static String[] path(String key) {
    return key.split("\\.", 2);
  }

  /** The key, or section, whose name is most like that one. */
  static String nearest(String name) {
    String given = Nearest.cut(name);
    List<String> known = new ArrayList<>(sections());
    known.addAll(keys());
    return known.stream()
        .min(
            Comparator.comparingInt(
                // A name in another section is near, too.
                (String other) ->
                    Math.min(
                        Nearest.distance(given, other),
                        2 + Nearest.distance(last(given), last(other)))))
        .orElseThrow();
  }

  private static String last(String key) {
    return key.substring(key.lastIndexOf('.') + 1);
  }

  private static String load() {
    try (InputStream in = Reference.class.getResourceAsStream(FILE)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The class of a list's elements. */
  static Class<?> elementType(String key) {
    ParameterizedType list = (ParameterizedType) component(key).getGenericType();
    return (Class<?>) list.getActualTypeArguments()[0];
  }

  private static RecordComponent component(String key) {
    String[] path = path(key);
    return COMPONENTS.get(path[0]).get(path[1]);
  }

  private static Map<String, Map<String, RecordComponent>> components() {
    Map<String, Map<String, RecordComponent>> components = new LinkedHashMap<>();
    components(Settings.class)
        .forEach((section, record) -> components.put(section, components(record.getType())));
    return components;
  }

  private static Map<String, RecordComponent> components(Class<?> settings) {
    KebabCaseStrategy kebab = new KebabCaseStrategy();
    Map<String, RecordComponent> components = new LinkedHashMap<>();
    for (RecordComponent component : settings.getRecordComponents()) {
      components.put(kebab.translate(component.getName()), component);
    }
    return components;
  }

  private static Map<String, String> sentences() {
    Map<String, String> sentences = new TreeMap<>();
    StringBuilder comment = new StringBuilder();
    String section = "";
    for (String line : TEXT.lines().toList()) {
      Matcher entry = ENTRY.matcher(line);
      if (line.strip().startsWith("#")) {
        comment.append(comment.isEmpty() ? "" : " ").append(line.strip().substring(1).strip());
        continue;
      }
      if (entry.matches()) {
        boolean inSection = !entry.group(1).isEmpty();
        section = inSection ? section : entry.group(2);
        sentences.put(inSection ? section + "." + entry.group(2) : section, comment.toString());
      }
      comment.setLength(0);
    }
    return sentences;
  }

  private static Map<String, ReadWhere> conditions() {
    Map<String, ReadWhere> conditions = new TreeMap<>();
    for (String key : keys()) {
      conditions.put(key, ReadWhere.in(sentence(path(key)[0])).and(ReadWhere.in(sentence(key))));
    }
    return conditions;
  }
}
