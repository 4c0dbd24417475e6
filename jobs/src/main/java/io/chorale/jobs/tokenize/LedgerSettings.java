package io.chorale.jobs.tokenize;

import io.chorale.config.DataSettings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.config.Sources;
import io.chorale.corpus.Ledger;
import io.chorale.io.Checksums;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The settings that decide what rows a dataset has, as its ledger lists them: not where the corpus
 * or the dataset lies, and not how rows are put into shards.
 */
final class LedgerSettings {
  private static final List<String> SECTIONS =
      List.of("quality.", "privacy.", "duplicates.", "contamination.", "tokenizer.", "chat.");

  /** Beside {@link Made#NO_MATTER}. */
  private static final Set<String> LEFT_OUT =
      Set.of(
          "corpus.table",
          "corpus.query",
          "corpus.version",
          // They may hold secrets.
          "corpus.options",
          // Of formats that Spark reads a copy is.
          "corpus.format",
          "duplicates.against",
          // By what they hold.
          "tokenizer.file",
          "tokenizer.target-file");

  private LedgerSettings() {}

  /**
   * The settings by key; of a source that has a name, behind that.
   *
   * @param tokenizers that they ask for
   */
  static Map<String, String> of(Sources sources, CorpusTokenizers tokenizers) {
    Map<String, String> all = new LinkedHashMap<>();
    for (Sources.Source source : sources.all()) {
      String name =
          source.name().equals(Sources.ONLY) ? "" : " of source %s".formatted(source.name());
      keys(all, source, "corpus.", name);
      all.put(
          "corpus.format" + name,
          source.corpus().ownFormat().isPresent() ? source.corpus().format() : "auto");
      DataSettings shares = source.settings().data().beside(source.corpus());
      all.put("data.validation" + name, Double.toString(shares.validation()));
      all.put("data.test" + name, Double.toString(shares.test()));
    }
    Sources.Source any = sources.get(0);
    SECTIONS.forEach(section -> keys(all, any, section, ""));
    all.put("data.split", SettingsFile.value(any.settings(), "data.split"));
    for (CorpusTokenizers.One one : tokenizers.all()) {
      all.put(one.key(), one.given().map(Checksums::sha256).orElse(""));
    }
    return all;
  }

  private static void keys(
      Map<String, String> all, Sources.Source source, String section, String name) {
    for (String key : SettingsFile.keys()) {
      if (key.startsWith(section) && !LEFT_OUT.contains(key) && !Made.NO_MATTER.contains(key)) {
        all.put(key + name, SettingsFile.value(source.settings(), key));
      }
    }
  }

  /**
   * Refuses settings by which what is new would be made otherwise than what is there. Those of a
   * source that is new are as they are.
   *
   * @param dataset where it is
   */
  static void check(String dataset, Ledger ledger, Map<String, String> settings) {
    settings.forEach(
        (key, found) -> {
          String expected = ledger.settings().getOrDefault(key, found);
          if (!found.equals(expected)) {
            throw new SettingsException(
                "Cannot add to dataset %s: %s is %s, expected %s as when it was made. Set it as it was, or tokenize all of the corpus with --overwrite."
                    .formatted(dataset, key, shown(found), shown(expected)));
          }
        });
  }

  private static String shown(String value) {
    return value.isEmpty() ? "nothing" : value;
  }
}
