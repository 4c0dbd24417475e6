package io.chorale.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;

/** Keys that had another name: files and runs of past versions open with them. */
final class MovedKeys {
  /** From the name that a key had to the one that it has. */
  static final Map<String, String> MOVED =
      Map.ofEntries(
          Map.entry("model.heads", "attention.heads"),
          Map.entry("model.hidden", "attention.feed-forward"),
          Map.entry("model.positions", "attention.positions"),
          Map.entry("model.norm", "attention.norm"),
          Map.entry("model.activation", "attention.activation"),
          Map.entry("model.bias", "attention.bias"),
          Map.entry("model.embedding", "recurrence.embedding"),
          Map.entry("model.forget-bias", "recurrence.forget-bias"),
          Map.entry("model.nonlinearity", "recurrence.nonlinearity"),
          Map.entry("model.recurrent-init", "recurrence.init"));

  private MovedKeys() {}

  /** The name that a key has now. */
  static String now(String key) {
    return MOVED.getOrDefault(key, key);
  }

  /**
   * Gives keys the names that they have now.
   *
   * @param stated values by key
   * @param name what to call their file in errors
   * @throws SettingsException where a key is there by both names
   */
  static Map<String, JsonNode> renamed(Map<String, JsonNode> stated, String name) {
    Map<String, JsonNode> renamed = new LinkedHashMap<>();
    stated.forEach(
        (key, value) -> {
          String now = now(key);
          if (!now.equals(key) && stated.containsKey(now)) {
            throw new SettingsException(
                "Cannot read settings %s: %s is there twice, also by its former name %s, expected once. Remove %s."
                    .formatted(name, now, key, key));
          }
          renamed.put(now, value);
        });
    return renamed;
  }
}
