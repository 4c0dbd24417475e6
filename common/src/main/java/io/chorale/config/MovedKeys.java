package io.chorale.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
   * Gives the keys of a file the names that they have now.
   *
   * @param name what to call the file in errors
   * @throws SettingsException where a key is there by both names
   */
  static JsonNode rename(JsonNode file, String name) {
    MOVED.forEach(
        (before, now) -> {
          String[] from = before.split("\\.");
          String[] to = now.split("\\.");
          if (file.path(from[0]) instanceof ObjectNode section && section.has(from[1])) {
            if (file.path(to[0]).has(to[1])) {
              throw new SettingsException(
                  "Cannot read settings %s: %s is there twice, also by its former name %s, expected once. Remove %s."
                      .formatted(name, now, before, before));
            }
            JsonNode value = section.remove(from[1]);
            if (((ObjectNode) file).path(to[0]) instanceof ObjectNode target) {
              target.set(to[1], value);
            } else {
              ((ObjectNode) file).putObject(to[0]).set(to[1], value);
            }
          }
        });
    return file;
  }
}
