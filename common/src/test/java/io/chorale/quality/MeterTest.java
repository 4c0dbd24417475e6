package io.chorale.quality;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.SettingsException;
import java.util.List;
import java.util.Optional;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

class MeterTest {
  private static final int MANY = 100_000;

  private final Meter meter = meter(Optional.empty(), Optional.empty());

  private static Meter meter(
      Optional<LanguageIdentifier> languages, Optional<TextPattern> pattern) {
    return new Meter(Meter.STOP_WORDS, languages, pattern);
  }

  private long count(Count count, String text) {
    return meter.measure(text).get(count);
  }

  /** Would not end in a test's time if it cost more than the length of the text. */
  @Test
  void aMegabyteOfOneLetterIsOneWord() {
    Counts counts = meter.measure("a".repeat(1 << 20));
    assertEquals(1, counts.get(Count.WORDS));
    assertEquals(1 << 20, counts.get(Count.WORD_CHARACTERS));
    assertEquals(0, counts.get(Count.TOP_2_GRAM_CHARACTERS));
    assertEquals(1, counts.get(Count.FINEWEB_LINES)); // an empty one: the word is too long
    assertEquals(0, counts.get(Count.FINEWEB_CHARACTERS));
  }

  /** The worst for n-grams: all are the same; and counts beyond 32 bits do not wrap. */
  @Test
  void halfAMillionCopiesOfAWordRepeatThemselves() {
    Counts counts = meter.measure("abcd ".repeat(MANY));
    LongUnaryOperator top = n -> (5 * n - 1) * (MANY - n + 1);
    assertEquals(top.applyAsLong(2), counts.get(Count.TOP_2_GRAM_CHARACTERS));
    assertEquals(top.applyAsLong(4), counts.get(Count.TOP_4_GRAM_CHARACTERS));
    // The second occurrence begins at the second word; from there on each hit jumps over five.
    assertEquals((MANY - 1) / 5 * 5 * 4, counts.get(Count.DUPLICATE_5_GRAM_CHARACTERS));
    String long64 = "x".repeat(900) + " ";
    assertEquals(1801L * 2999, count(Count.TOP_2_GRAM_CHARACTERS, long64.repeat(3000)));
  }

  /** Each of these runs would be gone over again and again by a scanner that goes back. */
  @Test
  void runsOfMarksAreReadOnce() {
    String marks = "[".repeat(MANY);
    assertEquals(MANY, count(Count.WORDS_AND_SYMBOLS, marks));
    assertEquals(MANY / 3, count(Count.ELLIPSES, ".".repeat(MANY)));
    assertEquals(MANY, count(Count.FED_LINES, "a\n".repeat(MANY - 1)));
    assertEquals(1, count(Count.PARAGRAPHS, "a" + "\n".repeat(MANY)));
    assertEquals(MANY, count(Count.LINES, "\r\n".repeat(MANY)));
    assertEquals(1, Sentences.count("one " + ".!".repeat(MANY) + "\""));
    assertEquals("", Citations.remove("[]".repeat(MANY)));
    assertEquals("[1".repeat(MANY), Citations.remove("[1".repeat(MANY)));
    assertEquals(0, count(Count.STOP_WORDS, "the_".repeat(MANY) + "be"));
  }

  @Test
  void ofSeveralMostFrequentGramsTheFirstCounts() {
    assertEquals(2 * 3, count(Count.TOP_2_GRAM_CHARACTERS, "a b . ccc ddd ; a b ! ccc ddd"));
    assertEquals(2 * 7, count(Count.TOP_2_GRAM_CHARACTERS, "ccc ddd . a b ; ccc ddd ! a b"));
    assertEquals(3, count(Count.TOP_2_GRAM_CHARACTERS, "a b longer words"));
  }

  @Test
  void charactersAreCodePoints() {
    assertEquals(2, count(Count.CHARACTERS, "\ud83d\ude00\ud840\udc00"));
    assertEquals(1, count(Count.WORD_CHARACTERS, "\ud83d\ude00\ud840\udc00"));
  }

  @Test
  void aLoneSurrogateIsASymbol() {
    Counts counts = meter.measure("a \ud83d b\ude00");
    assertEquals(4, counts.get(Count.WORDS_AND_SYMBOLS));
    assertEquals(2, counts.get(Count.WORDS));
  }

  @Test
  void stopWordsMayBeOfAnyLanguage() {
    Meter german = new Meter(List.of("und", "über"), Optional.empty(), Optional.empty());
    assertEquals(3, german.measure("über und und Und").get(Count.STOP_WORDS));
  }

  @Test
  void theLanguageIsKeptWithItsScore() {
    LanguageIdentifier fixed = text -> new LanguageIdentifier.Guess("ga", 0.98765);
    Counts counts = meter(Optional.of(fixed), Optional.empty()).measure("dia duit");
    assertEquals("ga", counts.language());
    assertEquals(9877, counts.get(Count.LANGUAGE_SCORE));
    assertEquals("und", meter.measure("dia duit").language());
  }

  @Test
  void matchesOfThePatternAreCounted() {
    TextPattern pattern = TextPattern.of("(?i)all rights\\s+reserved|©");
    Meter seeking = meter(Optional.empty(), Optional.of(pattern));
    Counts counts = seeking.measure("© A. All Rights\nReserved");
    assertEquals(2, counts.get(Count.PATTERN_MATCHES));
    Rules found = Rules.of(List.of(), List.of(), List.of("pattern-matches > 0"), List.of());
    assertTrue(found.judge(counts).isPresent());
    assertTrue(found.judge(seeking.measure("none here")).isEmpty());
  }

  /** A backtracking engine needs 2^40 steps for this. */
  @Test
  void noPatternIsSlowOnAnyText() {
    TextPattern pattern = TextPattern.of("(a+)+b");
    assertEquals(0, pattern.matches("a".repeat(40)));
  }

  @Test
  void aPatternThatIsNoneIsRefused() {
    SettingsException broken = assertThrows(SettingsException.class, () -> TextPattern.of("a(b"));
    assertEquals(
        "Cannot read pattern \"a(b\": missing closing ), expected an expression of RE2."
            + " Correct it.",
        broken.getMessage());
    SettingsException empty = assertThrows(SettingsException.class, () -> TextPattern.of("a*"));
    assertEquals(
        "Cannot use pattern \"a*\": it matches an empty text, so it is found everywhere."
            + " Correct it.",
        empty.getMessage());
  }
}
