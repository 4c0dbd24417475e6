package io.chorale.quality;

import io.chorale.config.SettingsException;
import io.chorale.config.Shown;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Judges documents by their counts: a list of rules, of which the first that rejects is told.
 * Immutable.
 */
public final class Rules {
  private final List<Rule> rules;
  private final LineFilter lines;

  private Rules(List<Rule> rules, LineFilter lines) {
    this.rules = List.copyOf(rules);
    this.lines = lines;
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
