package io.chorale.duplicate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlainWordsTest {
  @Test
  void caseAndPunctuationAndWhiteSpaceDoNotCount() {
    same("the end of it", "  The END,\n\tof\u00a0it... ");
    same("wellknown", "well-known");
    same("dont", "“Don’t!”");
    same("a b", "a — b");
    same("", " -- \u0000\u200b☃ \ud83d\ude00 ");
  }

  @Test
  void diacriticsDoNotCountInWhicheverForm() {
    same("creme brulee strasse", "Crème BRÛLÉE strasse");
    for (String text : List.of("Ångström Żółć ế", "한국어 말", "ガギグ", "ো", "Ελλάδα")) {
      same(
          Normalizer.normalize(text, Normalizer.Form.NFC),
          Normalizer.normalize(text, Normalizer.Form.NFD));
    }
    same("οδοσ", "ΟΔΟΣ");
    same("οδος", "ΟΔΟΣ");
    same("İstanbul", "istanbul");
  }

  @Test
  void numbersAreAlike() {
    same("0 files in 0 s", "1,234 files in 5.6 s");
    same("v0x0", "v12x٣٤");
    different("0 0", "12");
    different("v0", "v");
  }

  @Test
  void scriptsWithoutBlanksGiveAWordACharacter() {
    same("漢 字 と ไ ท ย", "漢字、とไทย");
    same("a 漢 b", "a漢b");
    same("\ud840\udc00 x", "\ud840\udc00x");
    assertEquals(3, words("漢字x").size());
  }

  @Test
  void differentWordsDiffer() {
    different("ab", "ba");
    different("a b", "ab");
    different("straße", "strase");
    different("漢", "字");
  }

  @Test
  void loneSurrogatesAreLeftOut() {
    same("ab", "a\ud800b");
    same("ab", "a\udc00b\ud800");
  }

  /** A megabyte of marks would take hours where these were put in order first. */
  @Test
  void aWordOfAnyLengthTakesLinearTime() {
    same("a", "a" + "\u0301\u0316".repeat(1 << 19));
    assertEquals(1, words("x".repeat(1 << 20)).size());
    same("0", "7".repeat(1 << 20));
  }

  private static void same(String plain, String text) {
    assertEquals(words(plain), words(text), text);
  }

  private static void different(String one, String other) {
    assertNotEquals(words(one), words(other), other);
  }

  private static List<Long> words(String text) {
    PlainWords words = new PlainWords();
    words.begin(text);
    List<Long> hashes = new ArrayList<>();
    while (words.next()) {
      hashes.add(words.hash());
    }
    return hashes;
  }
}
