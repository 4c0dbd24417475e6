package io.chorale.quality;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.chorale.config.SettingsException;
import io.chorale.config.Shown;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Published lists of rules: {@code presets.yaml}, which names the source of every number. */
final class Presets {
  /**
   * A list of rules.
   *
   * @param after another preset, whose rules come first; empty: none
   * @param lines how lines are cut out of the text of documents that stay
   * @param rules as they are written, in order
   */
  record Preset(String after, LineFilter lines, List<String> rules) {}

  private static final Map<String, Preset> ALL = load();

  private Presets() {}

  /**
   * The preset of a name.
   *
   * @throws SettingsException where there is none
   */
  static Preset named(String name) {
    Preset preset = ALL.get(name);
    if (preset == null) {
      throw new SettingsException(
          "Cannot find preset \"%s\": expected one of %s. Correct the name."
              .formatted(Shown.of(name), String.join(" ", ALL.keySet())));
    }
    return preset;
  }

  /** The rules of a preset, those that come first included. */
  static List<Threshold> rules(String name) {
    Preset preset = named(name);
    Stream<Threshold> own = preset.rules.stream().map(Threshold::parse);
    return Stream.concat(preset.after.isEmpty() ? Stream.of() : rules(preset.after).stream(), own)
        .toList();
  }

  private static Map<String, Preset> load() {
    try (InputStream in = Presets.class.getResourceAsStream("presets.yaml")) {
      return Collections.unmodifiableMap(
          new YAMLMapper().readValue(in, new TypeReference<TreeMap<String, Preset>>() {}));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
