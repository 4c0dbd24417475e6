package io.chorale.jobs.tokenize;

import io.chorale.config.DuplicatesSettings;
import io.chorale.config.QualitySettings;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.config.Sources;
import io.chorale.corpus.CorpusPlan;
import io.chorale.io.Checksums;
import io.chorale.jobs.console.Version;
import io.chorale.quality.Rules;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Says of what each stage of a tokenization is made: the plan of the corpus, settings, tokenizers,
 * and the program. What differs in any of it is made again.
 *
 * @param growth the dataset that is added to; empty where one is made
 */
record Made(
    Settings settings, CorpusPlan plan, HeldOut held, Against against, Optional<Growth> growth) {
  /** Of these the plan holds what matters, or they decide no byte of a part. */
  static final Set<String> NO_MATTER =
      Set.of(
          "corpus.paths",
          "corpus.validation-paths",
          "corpus.test-paths",
          "corpus.sources",
          "corpus.tags",
          "corpus.weight",
          "corpus.max-rejected",
          "contamination.paths",
          "data.path",
          "data.work");

  /** Attributes of documents: not the thresholds by which these are judged. */
  String measured() {
    QualitySettings quality = settings.quality();
    boolean near = settings.duplicates().near();
    return "%s\n%s\n%s%s%s%s\n%s"
        .formatted(
            Version.chorale(),
            plan.fingerprint(),
            corpus(),
            keys("quality.stop-words"),
            keys("quality.pattern"),
            quality.judges() ? Rules.of(quality).askLanguage() : "not judged",
            near
                ? keys("duplicates.words") + keys("duplicates.bands") + keys("duplicates.rows")
                : "");
  }

  /** Documents of changed files that the dataset has. */
  String known() {
    return "%s\n%s\n".formatted(Version.chorale(), plan.fingerprint())
        + corpus()
        + keys("data.split")
        + keys("data.validation")
        + keys("data.test")
        + told();
  }

  /** Copies among the documents that rules leave. */
  String copied() {
    return measured() + keys("quality.") + copies();
  }

  /** n-grams of held-out texts. */
  String heldOut() {
    return screened()
        + keys("data.split")
        + keys("data.validation")
        + keys("data.test")
        + keys("contamination.find")
        + keys("contamination.words")
        + held.told();
  }

  /** Where training documents have such n-grams. */
  String matched() {
    return heldOut() + keys("contamination.grams");
  }

  /** How much of training documents, and of held-out texts, was found in the others. */
  String contaminated() {
    return matched() + keys("contamination.common");
  }

  /** Labels and sizes. */
  String learned() {
    return common();
  }

  /**
   * Pieces of the text of some columns.
   *
   * @param byWord columns whose tokenizer takes words as they stand
   */
  String pieces(List<String> columns, Set<String> byWord) {
    return "%s%s%s%s %s\n"
        .formatted(
            common(),
            keys("tokenizer.kind"),
            keys("tokenizer.pattern"),
            columns,
            new TreeSet<>(byWord));
  }

  /**
   * Encoded documents.
   *
   * @param tokenizers by their files
   */
  String encoded(Map<String, byte[]> tokenizers) {
    StringBuilder made =
        new StringBuilder(common()).append(keys("data.split")).append(keys("chat."));
    new TreeMap<>(tokenizers)
        .forEach(
            (file, json) ->
                made.append(file).append(' ').append(Checksums.sha256(json)).append('\n'));
    return made.toString();
  }

  /** Shards, of documents or of series. */
  String shards(Map<String, byte[]> tokenizers) {
    return encoded(tokenizers) + keys("data.") + keys("forecast.");
  }

  /** What decides how a document is read and judged, but for labels, which follow from it. */
  private String common() {
    return settings.contamination().removes()
        ? contaminated() + keys("contamination.most-share")
        : screened();
  }

  /** The same, held-out texts aside. */
  private String screened() {
    return "%s\n%s\n".formatted(Version.chorale(), plan.fingerprint())
        + corpus()
        + keys("quality.")
        + keys("privacy.")
        + copies();
  }

  /** What decides which documents are copies, beside their texts. */
  private String copies() {
    StringBuilder lines = new StringBuilder(keys("duplicates."));
    lines.append(against.told()).append(told());
    if (settings.duplicates().scope() == DuplicatesSettings.Scope.TAG) {
      for (Sources.Source source : Sources.of(settings).all()) {
        lines.append("%s %s\n".formatted(source.name(), source.corpus().tags()));
      }
    }
    return lines.toString();
  }

  /** What is there already decides what is new. */
  private String told() {
    return growth.map(Growth::told).orElse("");
  }

  /** How each source is read. */
  private String corpus() {
    StringBuilder lines = new StringBuilder();
    for (Sources.Source source : Sources.of(settings).all()) {
      lines.append(source.name()).append('\n').append(keys("corpus.", source.settings()));
    }
    return lines.toString();
  }

  private String keys(String begin) {
    return keys(begin, settings);
  }

  private static String keys(String begin, Settings settings) {
    StringBuilder lines = new StringBuilder();
    for (String key : SettingsFile.keys()) {
      if (key.startsWith(begin) && !NO_MATTER.contains(key)) {
        lines.append(key).append('=').append(SettingsFile.value(settings, key)).append('\n');
      }
    }
    return lines.toString();
  }
}
