package io.chorale.config;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Variants of a section of the settings, by name: of each the keys that differ, with their values.
 * Names and keys stay in the order in which they were given.
 */
public final class Sections {
  private final Map<String, Map<String, Object>> byName;

  /**
   * @param byName values by key by name: texts, whole numbers as {@code Long}, real ones as {@code
   *     Double}, truth values, lists of texts, and maps of texts
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public Sections(Map<String, Map<String, Object>> byName) {
    Map<String, Map<String, Object>> copy = new LinkedHashMap<>();
    byName.forEach((name, keys) -> copy.put(name, Collections.unmodifiableMap(copied(keys))));
    this.byName = Collections.unmodifiableMap(copy);
  }

  private static Map<String, Object> copied(Map<String, Object> keys) {
    Map<String, Object> copy = new LinkedHashMap<>();
    keys.forEach(
        (key, value) -> copy.put(key, value instanceof List<?> list ? List.copyOf(list) : value));
    return copy;
  }

  /** The values that differ, by key, by name. */
  @JsonValue
  public Map<String, Map<String, Object>> byName() {
    return byName;
  }

  /** The names, in the order in which they were given. */
  public List<String> names() {
    return new ArrayList<>(byName.keySet());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Sections sections && sections.byName.equals(byName);
  }

  @Override
  public int hashCode() {
    return byName.hashCode();
  }

  @Override
  public String toString() {
    return byName.toString();
  }
}
