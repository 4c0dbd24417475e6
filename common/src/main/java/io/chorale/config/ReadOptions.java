package io.chorale.config;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Options of Spark's readers that {@code corpus.options} may not hold: those that lose rows unseen,
 * and those for which there are settings.
 */
final class ReadOptions {
  private static final String KEY = "corpus.options";

  /** With these, what cannot be read is as if it had never been there. */
  private static final Set<String> LOSING =
      Set.of("ignorecorruptfiles", "ignoremissingfiles", "badrecordspath", "skipchangecommits");

  private static final Set<String> PATHS = Set.of("path", "paths");

  /** Which state of a table is read, or which changes of it. */
  private static final Pattern VERSIONS =
      Pattern.compile(
          "versionasof|timestampasof|branch|tag|snapshot-id|as-of-timestamp|read(change|cdc)feed"
              + "|(start|end)(ing|-).*");

  private ReadOptions() {}

  /** Refuses them; names have no case. */
  static void check(Map<String, String> options) {
    options.forEach(
        (option, value) -> {
          String name = option.toLowerCase(Locale.ROOT);
          Check.that(!name.isBlank(), KEY, "options by their names", options);
          Check.that(
              !LOSING.contains(name),
              KEY,
              "without " + option + ", with which rows are lost unseen",
              value);
          Check.that(
              !(name.equals("mode") && value.strip().equalsIgnoreCase("DROPMALFORMED")),
              KEY,
              "without mode DROPMALFORMED, with which rows are lost unseen",
              value);
          Check.that(
              !PATHS.contains(name), KEY, "without %s: see corpus.paths".formatted(option), value);
          Check.that(
              !VERSIONS.matcher(name).matches(),
              KEY,
              "without %s: see corpus.version".formatted(option),
              value);
        });
  }
}
