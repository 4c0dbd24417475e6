package io.chorale.quality;

import java.util.Locale;

/**
 * A number that is counted in a document. All are whole, so that a share of two of them is compared
 * exactly with any threshold, later and without the text. Characters are code points.
 */
public enum Count {
  /** Characters of the text. */
  CHARACTERS,
  /** Words with a letter or a digit. */
  WORDS,
  /** Words, and all other characters that are not blank. */
  WORDS_AND_SYMBOLS,
  /** Characters of the words. */
  WORD_CHARACTERS,
  /** Words with a letter. */
  LETTER_WORDS,
  /** Occurrences of stop words. */
  STOP_WORDS,
  /** Number signs. */
  HASHES,
  /** Three dots, or the character that looks like them. */
  ELLIPSES,
  /** Lines by any line end of Unicode. */
  LINES,
  /** Lines that begin with a bullet or a hyphen. */
  BULLET_LINES,
  /** Lines that end in an ellipsis. */
  ELLIPSIS_LINES,
  /** Paragraphs, parted by two line feeds or more. */
  PARAGRAPHS,
  /** Paragraphs that occurred before. */
  DUPLICATE_PARAGRAPHS,
  /** Characters of them. */
  DUPLICATE_PARAGRAPH_CHARACTERS,
  /** Lines parted by line feeds; the empty ones between two of them do not count. */
  FED_LINES,
  /** Such lines that occurred before. */
  DUPLICATE_LINES,
  /** Characters of them. */
  DUPLICATE_LINE_CHARACTERS,
  /** Characters of the most frequent 2-gram of words, times its count. */
  TOP_2_GRAM_CHARACTERS,
  /** The same of 3-grams. */
  TOP_3_GRAM_CHARACTERS,
  /** The same of 4-grams. */
  TOP_4_GRAM_CHARACTERS,
  /** Characters in 5-grams that occurred before. */
  DUPLICATE_5_GRAM_CHARACTERS,
  /** The same of 6-grams. */
  DUPLICATE_6_GRAM_CHARACTERS,
  /** The same of 7-grams. */
  DUPLICATE_7_GRAM_CHARACTERS,
  /** The same of 8-grams. */
  DUPLICATE_8_GRAM_CHARACTERS,
  /** The same of 9-grams. */
  DUPLICATE_9_GRAM_CHARACTERS,
  /** The same of 10-grams. */
  DUPLICATE_10_GRAM_CHARACTERS,
  /** Sentences in the lines that {@link LineFilter#C4} leaves. */
  C4_SENTENCES,
  /** Lines with "lorem ipsum" that reach this test of {@link LineFilter#C4}. */
  C4_LOREM_IPSUM_LINES,
  /** Lines with an opening brace that reach this test of {@link LineFilter#C4}. */
  C4_BRACE_LINES,
  /** Sentences in the lines that {@link LineFilter#FINEWEB} leaves. */
  FINEWEB_SENTENCES,
  /** Lines with "lorem ipsum" that reach this test of {@link LineFilter#FINEWEB}. */
  FINEWEB_LOREM_IPSUM_LINES,
  /** Lines with an opening brace that reach this test of {@link LineFilter#FINEWEB}. */
  FINEWEB_BRACE_LINES,
  /** Lines that {@link LineFilter#FINEWEB} leaves; one, an empty one, where it leaves none. */
  FINEWEB_LINES,
  /** Those of them that end in a full stop, a quote, an exclamation or a question mark. */
  FINEWEB_END_MARK_LINES,
  /** Those of them with at most 30 characters. */
  FINEWEB_SHORT_LINES,
  /** Characters of those of them that occurred before. */
  FINEWEB_DUPLICATE_LINE_CHARACTERS,
  /** Characters of all of them. */
  FINEWEB_CHARACTERS,
  /** Line feeds between them. */
  FINEWEB_LINE_FEEDS,
  /** Words and symbols in them. */
  FINEWEB_WORDS_AND_SYMBOLS,
  /** How sure the language is, in parts of {@link #CERTAIN}; 0 where it was not asked for. */
  LANGUAGE_SCORE,
  /** Places where the user's pattern was found; 0 where there is none. */
  PATTERN_MATCHES;

  /** A language that is quite sure has this score. */
  static final int CERTAIN = 10_000;

  static final int LONGEST_TOP_GRAM = 4;
  static final int LONGEST_GRAM = 10;

  /** The most frequent n-grams, n from 2 to 4. */
  static Count topGram(int n) {
    return values()[TOP_2_GRAM_CHARACTERS.ordinal() + n - 2];
  }

  /** The n-grams that occurred before, n from 5 to 10. */
  static Count duplicateGram(int n) {
    return values()[DUPLICATE_5_GRAM_CHARACTERS.ordinal() + n - 5];
  }

  /** As it is written: {@code word_characters}. */
  public String column() {
    return name().toLowerCase(Locale.ROOT);
  }
}
