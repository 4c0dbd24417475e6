package io.chorale.quality;

import io.chorale.config.QualitySettings;
import io.chorale.config.SettingsException;
import io.chorale.config.Shown;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Judges documents by their counts: a list of rules, of which the first that rejects is told.
 * Immutable.
 */
public final class Rules {
  /** What a pattern of the user's means where none of the rules says it. */
  private static final String FOUND = Measure.PATTERN_MATCHES.key() + " >= 1";

  private final List<Rule> rules;
  private final LineFilter lines;

  private Rules(List<Rule> rules, LineFilter lines) {
    this.rules = List.copyOf(rules);
    this.lines = lines;
  }

  /**
   * The rules that settings name.
   *
   * @throws SettingsException where they name what there is not, or do not go together
   */
  public static Rules of(QualitySettings settings) {
    List<String> own = new ArrayList<>(settings.reject());
    Rules rules = of(settings.preset(), settings.without(), own, settings.languages());
    if (settings.pattern().isEmpty() && rules.askPattern()) {
      throw new SettingsException(
          "Cannot judge by %s: quality.pattern is not set, expected an expression. Set it."
              .formatted(Measure.PATTERN_MATCHES.key()));
    }
    if (!settings.pattern().isEmpty()) {
      TextPattern.of(settings.pattern());
      if (!rules.askPattern()) {
        own.add(FOUND);
        rules = of(settings.preset(), settings.without(), own, settings.languages());
      }
    }
    return new Rules(rules.rules, chosen(settings.lines(), rules.lines));
  }

  private static LineFilter chosen(QualitySettings.Lines wanted, LineFilter ofPresets) {
    LineFilter chosen =
        switch (wanted) {
          case PRESET -> ofPresets;
          case NONE -> LineFilter.NONE;
          case C4 -> LineFilter.C4;
          case FINEWEB -> LineFilter.FINEWEB;
        };
    if (chosen != LineFilter.NONE && ofPresets != LineFilter.NONE && chosen != ofPresets) {
      throw new SettingsException(
          "Cannot cut lines by the rules of %s: the preset counts in those that %s leaves, expected quality.lines to be preset or none. Change it."
              .formatted(chosen.key(), ofPresets.key()));
    }
    return chosen;
  }

  /**
   * Rules in this order: those of languages, of presets, and one's own.
   *
   * @param presets names of published lists of rules: {@code gopher}, {@code c4}, {@code fineweb}
   * @param without measures whose rules in the presets do not count
   * @param own rules of one's own: {@code words < 20}
   * @param languages codes of the languages that stay; empty: all
   * @throws SettingsException where a preset, a measure, a rule or a code is none, an exception
   *     meets no rule, or two presets cut lines differently
   */
  public static Rules of(
      List<String> presets, List<String> without, List<String> own, List<String> languages) {
    Set<Rule> rules = new LinkedHashSet<>();
    if (!languages.isEmpty()) {
      rules.add(new OtherLanguage(languages));
    }
    rules.addAll(published(presets, without));
    own.forEach(rule -> rules.add(Threshold.parse(rule)));
    return new Rules(new ArrayList<>(rules), lines(presets));
  }

  private static List<Threshold> published(List<String> presets, List<String> without) {
    List<Threshold> rules = new ArrayList<>();
    presets.forEach(preset -> rules.addAll(Presets.rules(preset)));
    for (String name : without) {
      Measure measure = Threshold.measure(name);
      if (!rules.removeIf(rule -> rule.measure() == measure)) {
        throw new SettingsException(
            "Cannot leave out \"%s\": no rule of the presets %s is about it. Remove it."
                .formatted(Shown.of(name), presets));
      }
    }
    return rules;
  }

  private static LineFilter lines(List<String> presets) {
    LineFilter lines = LineFilter.NONE;
    for (String name : presets) {
      LineFilter wanted = Presets.named(name).lines();
      if (lines != LineFilter.NONE && wanted != LineFilter.NONE && wanted != lines) {
        throw new SettingsException(
            "Cannot use presets %s together: they cut lines out of the text by different rules. Choose one."
                .formatted(presets));
      }
      lines = wanted == LineFilter.NONE ? lines : wanted;
    }
    return lines;
  }

  /** How lines are cut out of the text of a document that stays. */
  public LineFilter lines() {
    return lines;
  }

  /** Whether a rule asks for the language, so that it must be identified. */
  public boolean askLanguage() {
    return rules.stream()
        .anyMatch(
            rule ->
                rule instanceof OtherLanguage
                    || rule instanceof Threshold threshold
                        && threshold.measure() == Measure.LANGUAGE_SCORE);
  }

  /** Whether a rule asks for matches of a pattern. */
  boolean askPattern() {
    return rules.stream()
        .anyMatch(
            rule ->
                rule instanceof Threshold threshold
                    && threshold.measure() == Measure.PATTERN_MATCHES);
  }

  /** What the rules judge by, each measure once, in their order; the words of a text come first. */
  public List<Measure> measures() {
    return Stream.concat(
            Stream.of(Measure.WORDS),
            rules.stream()
                .filter(Threshold.class::isInstance)
                .map(rule -> ((Threshold) rule).measure()))
        .distinct()
        .toList();
  }

  /** A meter of what the rules of settings ask for. */
  public Meter meter(QualitySettings settings) {
    return new Meter(
        settings.stopWords(),
        askLanguage() ? Optional.of(LanguageIdentifier.standard()) : Optional.empty(),
        settings.pattern().isEmpty()
            ? Optional.empty()
            : Optional.of(TextPattern.of(settings.pattern())));
  }

  /** The first rule that rejects a document; nothing where it stays. */
  public Optional<Rule> judge(Counts counts) {
    return rules.stream().filter(rule -> rule.rejects(counts)).findFirst();
  }

  /** All rules, one a line, as they are written. */
  @Override
  public String toString() {
    return String.join("\n", rules.stream().map(Rule::toString).toList());
  }
}
