package io.chorale.quality;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.SettingsException;
import java.util.List;
import org.junit.jupiter.api.Test;

class RulesTest {
  private static final List<String> NONE = List.of();

  private static Rules own(String... rules) {
    return Rules.of(NONE, NONE, List.of(rules), NONE);
  }

  private static Counts counts(Object... values) {
    Counts counts = new Counts();
    for (int i = 0; i < values.length; i += 2) {
      counts.set((Count) values[i], ((Number) values[i + 1]).longValue());
    }
    return counts;
  }

  private static String told(Rules rules, Counts counts) {
    return rules.judge(counts).map(rule -> rule.told(counts)).orElse("stays");
  }

  /** Table A1 and appendix A.1.1 of arXiv 2112.11446, as numbers that are not read from a file. */
  @Test
  void gopherHasTwentyThreeRules() {
    assertEquals(
        """
        duplicate-paragraph-share > 0.3
        duplicate-paragraph-character-share > 0.2
        duplicate-line-share > 0.3
        duplicate-line-character-share > 0.2
        top-2-gram-character-share > 0.2
        top-3-gram-character-share > 0.18
        top-4-gram-character-share > 0.16
        duplicate-5-gram-character-share > 0.15
        duplicate-6-gram-character-share > 0.14
        duplicate-7-gram-character-share > 0.13
        duplicate-8-gram-character-share > 0.12
        duplicate-9-gram-character-share > 0.11
        duplicate-10-gram-character-share > 0.1
        words < 50
        words > 100000
        mean-word-length < 3
        mean-word-length > 10
        hashes-per-word > 0.1
        ellipses-per-word > 0.1
        bullet-line-share > 0.9
        ellipsis-line-share > 0.3
        letter-word-share < 0.8
        stop-words < 2\
        """,
        Rules.of(List.of("gopher"), NONE, NONE, NONE).toString());
  }

  @Test
  void finewebHasGophersRulesBeforeItsOwn() {
    String gopher = Rules.of(List.of("gopher"), NONE, NONE, NONE).toString();
    Rules fineweb = Rules.of(List.of("fineweb"), NONE, NONE, NONE);
    assertEquals(
        gopher
            + """

            fineweb-lorem-ipsum-lines > 0
            fineweb-brace-lines > 0
            fineweb-sentences < 5
            fineweb-end-mark-line-share <= 0.12
            fineweb-short-line-share >= 0.67
            fineweb-duplicate-line-character-share >= 0.01
            fineweb-line-feeds-per-word > 0.3\
            """,
        fineweb.toString());
    assertEquals(LineFilter.FINEWEB, fineweb.lines());
  }

  @Test
  void presetsAddUpWithoutSayingARuleTwice() {
    Rules fineweb = Rules.of(List.of("fineweb"), NONE, NONE, NONE);
    Rules both = Rules.of(List.of("gopher", "fineweb"), NONE, NONE, NONE);
    assertEquals(fineweb.toString(), both.toString());
    Rules c4 = Rules.of(List.of("gopher", "c4"), NONE, NONE, NONE);
    assertEquals(LineFilter.C4, c4.lines());
    assertEquals(26, c4.toString().lines().count());
  }

  @Test
  void aShareThatIsTheThresholdIsNotBeyondIt() {
    Rules rules = own("duplicate-line-share > 0.3");
    assertEquals("stays", told(rules, counts(Count.DUPLICATE_LINES, 3, Count.FED_LINES, 10)));
    Counts more = counts(Count.DUPLICATE_LINES, 300_001, Count.FED_LINES, 1_000_000);
    assertTrue(rules.judge(more).isPresent());
    Rules orAt = own("duplicate-line-share >= 0.3");
    assertTrue(orAt.judge(counts(Count.DUPLICATE_LINES, 3, Count.FED_LINES, 10)).isPresent());
  }

  @Test
  void aRuleIsToldWithWhatWasFound() {
    assertEquals("words < 50 (31)", told(own("words<50"), counts(Count.WORDS, 31)));
    assertEquals(
        "mean-word-length > 10 (10.67)",
        told(own("mean-word-length > 10"), counts(Count.WORDS, 3, Count.WORD_CHARACTERS, 32)));
    assertEquals(
        "language-score < 0.65 (0.6499)",
        told(own("language-score < 0.65"), counts(Count.LANGUAGE_SCORE, 6499)));
    assertEquals("stays", told(own("language-score < 0.65"), counts(Count.LANGUAGE_SCORE, 6500)));
  }

  @Test
  void aShareOfNothingIsZero() {
    assertEquals("stays", told(own("bullet-line-share > 0"), counts()));
    assertEquals("letter-word-share < 0.8 (0)", told(own("letter-word-share < 0.8"), counts()));
  }

  @Test
  void theFirstRuleIsTold() {
    Counts counts = counts(Count.WORDS, 1, Count.STOP_WORDS, 0);
    assertEquals("stop-words < 2 (0)", told(own("stop-words < 2", "words < 5"), counts));
    assertEquals("words < 5 (1)", told(own("words < 5", "stop-words < 2"), counts));
  }

  @Test
  void exceptionsTakeAllRulesOfAMeasureAndOwnRulesStay() {
    Rules rules = Rules.of(List.of("gopher"), List.of("words"), List.of("words < 20"), NONE);
    assertFalse(rules.toString().contains("words > 100000"));
    assertTrue(rules.toString().endsWith("stop-words < 2\nwords < 20"));
  }

  @Test
  void onlyNamedLanguagesStay() {
    Rules rules = Rules.of(NONE, NONE, NONE, List.of("en", "de"));
    Counts counts = counts();
    assertEquals("language other than en, de (und)", told(rules, counts));
    counts.setLanguage("de");
    assertEquals("stays", told(rules, counts));
    counts.setLanguage("fr");
    assertEquals("language other than en, de (fr)", told(rules, counts));
  }

  @Test
  void languagesAreAskedForWhereARuleNeedsThem() {
    assertFalse(Rules.of(List.of("fineweb"), NONE, NONE, NONE).askLanguage());
    assertTrue(own("language-score < 0.65").askLanguage());
    assertTrue(Rules.of(NONE, NONE, NONE, List.of("en")).askLanguage());
  }

  @Test
  void whatIsNotKnownIsRefused() {
    assertRefused(
        "Cannot find preset \"gofer\": expected one of c4 fineweb gopher. Correct the name.",
        List.of("gofer"),
        NONE,
        NONE);
    assertRefused(
        "Cannot read rule \"words = 3\": expected MEASURE < NUMBER, with one of < <= > >=."
            + " Correct it.",
        NONE,
        NONE,
        List.of("words = 3"));
    assertRefused(
        "Cannot read rule \"words < -1\": expected MEASURE < NUMBER, with one of < <= > >=."
            + " Correct it.",
        NONE,
        NONE,
        List.of("words < -1"));
    assertRefused(
        "Cannot leave out \"words\": no rule of the presets [c4] is about it. Remove it.",
        List.of("c4"),
        List.of("words"),
        NONE);
    assertRefused(
        "Cannot use presets [c4, fineweb] together: they cut lines out of the text by different"
            + " rules. Choose one.",
        List.of("c4", "fineweb"),
        NONE,
        NONE);
    SettingsException language =
        assertThrows(SettingsException.class, () -> Rules.of(NONE, NONE, NONE, List.of("english")));
    assertEquals(
        "Cannot keep language \"english\": expected a code of ISO 639, such as en. Correct it.",
        language.getMessage());
    SettingsException unknown = assertThrows(SettingsException.class, () -> own("wrods < 3"));
    assertTrue(unknown.getMessage().startsWith("Cannot find measure \"wrods\": expected one of"));
    assertTrue(unknown.getMessage().contains(" mean-word-length "));
  }

  private static void assertRefused(
      String message, List<String> presets, List<String> without, List<String> own) {
    SettingsException refused =
        assertThrows(SettingsException.class, () -> Rules.of(presets, without, own, NONE));
    assertEquals(message, refused.getMessage());
  }
}
