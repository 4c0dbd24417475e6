package io.chorale.token;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.chorale.config.ChoraleException;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Characters and words. */
class TableTokenizersTest {

  private static byte[] characters(int vocabulary, String... texts) {
    return CharacterTrainer.train(Texts.counts(PreTokenizer.characters(), texts), vocabulary);
  }

  private static byte[] words(int vocabulary, String... texts) {
    return WordTrainer.train(Texts.counts(PreTokenizer.words(), texts), vocabulary);
  }

  @Test
  void charactersEqualThoseOfHuggingFace() {
    byte[] json = characters(120, Texts.REAL);
    Tokenizer tokenizer = assertInstanceOf(CharacterTokenizer.class, Tokenizers.load(json, "test"));
    assertEquals(120, tokenizer.vocabularySize());
    equalsOracle(json, tokenizer);
  }

  @Test
  void wordsEqualThoseOfHuggingFace() {
    byte[] json = words(40, Texts.REAL);
    Tokenizer tokenizer = assertInstanceOf(WordTokenizer.class, Tokenizers.load(json, "test"));
    assertEquals(40, tokenizer.vocabularySize());
    equalsOracle(json, tokenizer);
  }

  private static void equalsOracle(byte[] json, Tokenizer tokenizer) {
    try (HuggingFaceTokenizer oracle = Texts.oracle(json)) {
      int[] real = tokenizer.encode(Texts.REAL);
      assertArrayEquals(Texts.ids(oracle, Texts.REAL), real);
      assertEquals(Texts.text(oracle, real), tokenizer.decode(real));
      Texts.random(3000)
          .forEach(
              text -> {
                int[] ids = tokenizer.encode(text);
                assertArrayEquals(Texts.ids(oracle, text), ids, text);
                assertEquals(Texts.text(oracle, ids), tokenizer.decode(ids));
              });
    }
  }

  @Test
  void whiteSpaceIsTheSameForWordsAsForHuggingFace() {
    byte[] json = words(3, "a");
    Tokenizer tokenizer = Tokenizers.load(json, "test");
    StringBuilder text = new StringBuilder();
    for (int point = 0; point < 0x10000; point++) {
      if (Texts.isAssigned(point)) {
        text.append("a").appendCodePoint(point);
      }
    }
    try (HuggingFaceTokenizer oracle = Texts.oracle(json)) {
      assertArrayEquals(Texts.ids(oracle, text.toString()), tokenizer.encode(text.toString()));
    }
  }

  @Test
  void knownCharactersOfEveryPlaneComeBack() {
    StringBuilder text = new StringBuilder();
    for (int plane = 0; plane <= 16; plane++) {
      for (int point = plane << 16; point < (plane + 1) << 16; point += 97) {
        if (Character.getType(point) != Character.SURROGATE) {
          text.appendCodePoint(point);
        }
      }
    }
    Tokenizer tokenizer = Tokenizers.load(characters(1 << 20, text.toString()), "test");
    assertEquals(text.toString(), tokenizer.decode(tokenizer.encode(text.toString())));
  }

  @Test
  void idsOfCharactersFollowTheirCounts() {
    // "a" and "b" occur as often as each other.
    Tokenizer tokenizer = Tokenizers.load(characters(100, "xxxx bbaac\n"), "test");
    assertArrayEquals(new int[] {2, 3, 4, 5, 6, 7}, tokenizer.encode("xab\n c"));
    assertEquals(8, tokenizer.vocabularySize());
  }

  @Test
  void charactersBeyondTheVocabularyAreUnknown() {
    Tokenizer tokenizer = Tokenizers.load(characters(4, "aaabbc"), "test");
    assertArrayEquals(new int[] {2, 3, 1, 1, 1}, tokenizer.encode("abcz😀"));
    assertEquals("ab<unk>", tokenizer.decode(new int[] {2, 3, 1}));
  }

  @Test
  void idsOfWordsFollowTheirCounts() {
    // Equally often: by code point, so that U+1D4B3 comes after U+FF21.
    Tokenizer tokenizer = Tokenizers.load(words(6, "b b b a a \ud835\udcb3 \uff21 "), "test");
    assertArrayEquals(
        new int[] {2, 3, 4, 5, 1}, tokenizer.encode("\nb\u00a0 a \t\uff21 \ud835\udcb3 c"));
    assertEquals("b a", tokenizer.decode(new int[] {2, 3}));
    assertEquals("", tokenizer.decode(new int[] {0}));
    assertEquals("b a", Texts.running(tokenizer, 2, 0, 3));
  }

  @Test
  void textThatSpellsASpecialEntryIsText() {
    String text = "<|endoftext|> a <unk> a<|endoftext|>";
    Tokenizer words = Tokenizers.load(words(4, text), "test");
    assertArrayEquals(new int[] {1, 2, 1, 3}, words.encode(text));
    Tokenizer characters = Tokenizers.load(characters(100, text), "test");
    int[] ids = characters.encode(text);
    assertFalse(Arrays.stream(ids).anyMatch(id -> id <= 1));
    assertEquals(text, characters.decode(ids));
  }

  @Test
  void moreWordsThanTheCorpusHasAreRefused() {
    ChoraleException e = assertThrows(ChoraleException.class, () -> words(10, "a b b"));
    assertEquals(
        "Cannot train the tokenizer (words): its texts offer 4 entries, expected the 10 of"
            + " its vocabulary. Set tokenizer.vocabulary (that of targets alone:"
            + " tokenizer.target-vocabulary) to at most 4, or give more text.",
        e.getMessage());
  }

  @Test
  void noTextIsRefused() {
    for (String message :
        new String[] {
          assertThrows(ChoraleException.class, () -> characters(10)).getMessage(),
          assertThrows(ChoraleException.class, () -> words(10, " \n")).getMessage(),
          assertThrows(ChoraleException.class, () -> BpeTrainer.train(Map.of(), 300, "gpt2"))
              .getMessage()
        }) {
      assertEquals(
          "the corpus holds no text, expected some. Check corpus.paths.",
          message.substring(message.indexOf(": ") + 2));
    }
  }

  @Test
  void theFileDependsOnTheCountsAlone() {
    assertArrayEquals(characters(50, "ab", "cab"), characters(50, "cab", "ab"));
    assertArrayEquals(words(5, "a b", "c a"), words(5, "c a", "b a"));
  }
}
