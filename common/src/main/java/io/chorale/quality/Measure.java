package io.chorale.quality;

import static io.chorale.quality.Count.FED_LINES;
import static io.chorale.quality.Count.LINES;
import static io.chorale.quality.Count.PARAGRAPHS;
import static io.chorale.quality.Count.WORDS_AND_SYMBOLS;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** A number that says something about a document's quality: a count, or one by another. */
public enum Measure {
  /** Characters. */
  CHARACTERS(Count.CHARACTERS),
  /** Words. */
  WORDS(Count.WORDS),
  /** Characters of a word. */
  MEAN_WORD_LENGTH(Count.WORD_CHARACTERS, Count.WORDS),
  /** Number signs by words and symbols. */
  HASHES_PER_WORD(Count.HASHES, WORDS_AND_SYMBOLS),
  /** Ellipses by words and symbols. */
  ELLIPSES_PER_WORD(Count.ELLIPSES, WORDS_AND_SYMBOLS),
  /** Lines that begin with a bullet. */
  BULLET_LINE_SHARE(Count.BULLET_LINES, LINES),
  /** Lines that end in an ellipsis. */
  ELLIPSIS_LINE_SHARE(Count.ELLIPSIS_LINES, LINES),
  /** Words with a letter, of words and symbols. */
  LETTER_WORD_SHARE(Count.LETTER_WORDS, WORDS_AND_SYMBOLS),
  /** Occurrences of stop words. */
  STOP_WORDS(Count.STOP_WORDS),
  /** Copies among the paragraphs. */
  DUPLICATE_PARAGRAPH_SHARE(Count.DUPLICATE_PARAGRAPHS, PARAGRAPHS),
  /** Characters of these copies. */
  DUPLICATE_PARAGRAPH_CHARACTER_SHARE(Count.DUPLICATE_PARAGRAPH_CHARACTERS, Count.CHARACTERS),
  /** Copies among the lines. */
  DUPLICATE_LINE_SHARE(Count.DUPLICATE_LINES, FED_LINES),
  /** Characters of these copies. */
  DUPLICATE_LINE_CHARACTER_SHARE(Count.DUPLICATE_LINE_CHARACTERS, Count.CHARACTERS),
  /** Characters of the most frequent 2-gram. */
  TOP_2_GRAM_CHARACTER_SHARE(Count.TOP_2_GRAM_CHARACTERS, Count.CHARACTERS),
  /** Characters of the most frequent 3-gram. */
  TOP_3_GRAM_CHARACTER_SHARE(Count.TOP_3_GRAM_CHARACTERS, Count.CHARACTERS),
  /** Characters of the most frequent 4-gram. */
  TOP_4_GRAM_CHARACTER_SHARE(Count.TOP_4_GRAM_CHARACTERS, Count.CHARACTERS),
  /** Characters in copies of 5-grams. */
  DUPLICATE_5_GRAM_CHARACTER_SHARE(Count.DUPLICATE_5_GRAM_CHARACTERS, Count.CHARACTERS),
  /** Characters in copies of 6-grams. */
  DUPLICATE_6_GRAM_CHARACTER_SHARE(Count.DUPLICATE_6_GRAM_CHARACTERS, Count.CHARACTERS),
  /** Characters in copies of 7-grams. */
  DUPLICATE_7_GRAM_CHARACTER_SHARE(Count.DUPLICATE_7_GRAM_CHARACTERS, Count.CHARACTERS),
  /** Characters in copies of 8-grams. */
  DUPLICATE_8_GRAM_CHARACTER_SHARE(Count.DUPLICATE_8_GRAM_CHARACTERS, Count.CHARACTERS),
  /** Characters in copies of 9-grams. */
  DUPLICATE_9_GRAM_CHARACTER_SHARE(Count.DUPLICATE_9_GRAM_CHARACTERS, Count.CHARACTERS),
  /** Characters in copies of 10-grams. */
  DUPLICATE_10_GRAM_CHARACTER_SHARE(Count.DUPLICATE_10_GRAM_CHARACTERS, Count.CHARACTERS),
  /** Sentences in the lines that C4's filter leaves. */
  C4_SENTENCES(Count.C4_SENTENCES),
  /** Lines with "lorem ipsum", of those that C4's filter comes to look at for that. */
  C4_LOREM_IPSUM_LINES(Count.C4_LOREM_IPSUM_LINES),
  /** Lines with an opening brace, of those that C4's filter comes to look at for that. */
  C4_BRACE_LINES(Count.C4_BRACE_LINES),
  /** Sentences in the lines that FineWeb's filter leaves. */
  FINEWEB_SENTENCES(Count.FINEWEB_SENTENCES),
  /** Lines with "lorem ipsum", of those that FineWeb's filter comes to look at for that. */
  FINEWEB_LOREM_IPSUM_LINES(Count.FINEWEB_LOREM_IPSUM_LINES),
  /** Lines with an opening brace, of those that FineWeb's filter comes to look at for that. */
  FINEWEB_BRACE_LINES(Count.FINEWEB_BRACE_LINES),
  /** Lines that end in an end mark, of those that FineWeb's filter leaves. */
  FINEWEB_END_MARK_LINE_SHARE(Count.FINEWEB_END_MARK_LINES, Count.FINEWEB_LINES),
  /** Lines of at most 30 characters, of those that FineWeb's filter leaves. */
  FINEWEB_SHORT_LINE_SHARE(Count.FINEWEB_SHORT_LINES, Count.FINEWEB_LINES),
  /** Characters of copies among the lines that FineWeb's filter leaves. */
  FINEWEB_DUPLICATE_LINE_CHARACTER_SHARE(
      Count.FINEWEB_DUPLICATE_LINE_CHARACTERS, Count.FINEWEB_CHARACTERS),
  /** Line feeds by words and symbols, in the lines that FineWeb's filter leaves. */
  FINEWEB_LINE_FEEDS_PER_WORD(Count.FINEWEB_LINE_FEEDS, Count.FINEWEB_WORDS_AND_SYMBOLS),
  /** How sure the language is, from 0 to 1. */
  LANGUAGE_SCORE(Count.LANGUAGE_SCORE, Count.CERTAIN),
  /** Places where the user's pattern is found. */
  PATTERN_MATCHES(Count.PATTERN_MATCHES);

  private final Count part;
  private final Optional<Count> whole;
  private final int unit;

  Measure(Count count) {
    this(count, 1);
  }

  Measure(Count count, int unit) {
    this.part = count;
    this.whole = Optional.empty();
    this.unit = unit;
  }

  Measure(Count part, Count whole) {
    this.part = part;
    this.whole = Optional.of(whole);
    this.unit = 1;
  }

  /** The value for a document; a share of nothing is 0. */
  double of(Counts counts) {
    return whole.isPresent() ? counts.share(part, whole.get()) : (double) counts.get(part) / unit;
  }

  /** Whether it lies between 0 and 1, or near there. */
  public boolean isShare() {
    return whole.isPresent() && this != MEAN_WORD_LENGTH;
  }

  /** As rules write it: {@code mean-word-length}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The measure of a name. */
  static Optional<Measure> named(String key) {
    return Stream.of(values()).filter(measure -> measure.key().equals(key)).findFirst();
  }
}
