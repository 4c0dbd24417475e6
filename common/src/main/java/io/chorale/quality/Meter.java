package io.chorale.quality;

import java.util.List;
import java.util.Optional;

/**
 * Counts everything that rules ask of a document, in one pass over the corpus: thresholds may then
 * change without the text being read again. O(characters) in time and memory: some 20 bytes a
 * character of prose, 100 at worst, which stay for the next document. Not thread-safe: one for each
 * task.
 */
public final class Meter {
  /** English words that Gopher's rules look for (arXiv 2112.11446, A.1.1). */
  public static final List<String> STOP_WORDS =
      List.of("the", "be", "to", "of", "and", "that", "have", "with");

  private final TextScan scan;
  private final TextScan keptScan = new TextScan(List.of());
  private final Repetition repetition = new Repetition();
  private final LineCounts lines = new LineCounts();
  private final Optional<LanguageIdentifier> languages;
  private final Optional<TextPattern> pattern;

  /**
   * A meter of its own.
   *
   * @param stopWords words to count, in this case
   * @param languages tells the language; nothing: it stays undetermined
   * @param pattern whose matches to count; nothing: none are
   */
  public Meter(
      List<String> stopWords,
      Optional<LanguageIdentifier> languages,
      Optional<TextPattern> pattern) {
    this.scan = new TextScan(stopWords);
    this.languages = languages;
    this.pattern = pattern;
  }

  /** Counts a document. */
  public Counts measure(String text) {
    Counts counts = new Counts();
    counts.set(Count.CHARACTERS, text.codePointCount(0, text.length()));
    countWords(text, counts);
    lines.count(text, counts);
    countKept(text, counts);
    languages.ifPresent(
        identifier -> {
          LanguageIdentifier.Guess guess = identifier.identify(text);
          counts.setLanguage(guess.language());
          counts.set(Count.LANGUAGE_SCORE, Math.round(guess.score() * Count.CERTAIN));
        });
    pattern.ifPresent(sought -> counts.set(Count.PATTERN_MATCHES, sought.matches(text)));
    return counts;
  }

  private void countWords(String text, Counts into) {
    scan.scan(text);
    into.set(Count.WORDS, scan.words());
    into.set(Count.WORDS_AND_SYMBOLS, scan.size());
    into.set(Count.WORD_CHARACTERS, scan.wordCharacters());
    into.set(Count.LETTER_WORDS, scan.letterWords());
    into.set(Count.STOP_WORDS, scan.stopWords());
    into.set(Count.HASHES, occurrences(text, "#"));
    into.set(Count.ELLIPSES, occurrences(text, "...") + occurrences(text, "\u2026"));
    repetition.count(scan, into);
  }

  private void countKept(String text, Counts into) {
    LineFilter.Filtered c4 = LineFilter.C4.filter(text);
    into.set(Count.C4_SENTENCES, c4.sentences());
    into.set(Count.C4_LOREM_IPSUM_LINES, c4.loremIpsum());
    into.set(Count.C4_BRACE_LINES, c4.braces());
    LineFilter.Filtered fineweb = LineFilter.FINEWEB.filter(text);
    into.set(Count.FINEWEB_SENTENCES, fineweb.sentences());
    into.set(Count.FINEWEB_LOREM_IPSUM_LINES, fineweb.loremIpsum());
    into.set(Count.FINEWEB_BRACE_LINES, fineweb.braces());
    keptScan.scan(fineweb.text());
    into.set(Count.FINEWEB_WORDS_AND_SYMBOLS, keptScan.size());
    lines.countKept(fineweb.text(), into);
  }

  private static long occurrences(String text, String sought) {
    long found = 0;
    int at = text.indexOf(sought);
    while (at >= 0) {
      found++;
      at = text.indexOf(sought, at + sought.length());
    }
    return found;
  }
}
