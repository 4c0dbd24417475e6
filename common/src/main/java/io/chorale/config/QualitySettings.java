package io.chorale.config;

import java.util.List;

/** Settings by which documents are judged; {@code reference.yaml} explains each key. */
public record QualitySettings(
    List<String> preset,
    List<String> reject,
    List<String> without,
    List<String> languages,
    String pattern,
    Lines lines,
    List<String> stopWords) {

  /** The rules by which lines are cut out of a text. */
  public enum Lines {
    PRESET,
    NONE,
    C4,
    FINEWEB
  }

  public QualitySettings {
    preset = List.copyOf(preset);
    reject = List.copyOf(reject);
    without = List.copyOf(without);
    languages = List.copyOf(languages);
    stopWords = List.copyOf(stopWords);
    Check.that(!stopWords.contains(""), "quality.stop-words", "words", stopWords);
  }

  /** Whether documents may be rejected, so that they must be measured. */
  public boolean judges() {
    return !preset.isEmpty() || !reject.isEmpty() || !languages.isEmpty() || !pattern.isEmpty();
  }

  /** Whether lines may be cut out of texts. */
  public boolean cutsLines() {
    return lines == Lines.PRESET ? !preset.isEmpty() : lines != Lines.NONE;
  }
}
