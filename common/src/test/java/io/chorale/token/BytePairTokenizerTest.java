package io.chorale.token;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.chorale.config.ChoraleException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BytePairTokenizerTest {

  private static final String LLAMA3 =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private static byte[] train(String pattern, int vocabulary) {
    return BpeTrainer.train(
        Texts.counts(PreTokenizer.forPattern(pattern), Texts.REAL.repeat(2)), vocabulary, pattern);
  }

  private static Tokenizer tokenizer(byte[] json) {
    return assertInstanceOf(BytePairTokenizer.class, Tokenizers.load(json, "test"));
  }

  @ParameterizedTest
  // The last two leave text out: blanks, and what is no vowel.
  @ValueSource(strings = {"gpt2", LLAMA3, "\\S+", "[aeiou]+"})
  void idsAndTextEqualThoseOfHuggingFace(String pattern) {
    byte[] json = train(pattern, 400);
    Tokenizer tokenizer = tokenizer(json);
    try (HuggingFaceTokenizer oracle = Texts.oracle(json)) {
      assertArrayEquals(Texts.ids(oracle, Texts.REAL), tokenizer.encode(Texts.REAL));
      Texts.random(3000)
          .forEach(
              text -> {
                int[] ids = tokenizer.encode(text);
                assertArrayEquals(Texts.ids(oracle, text), ids, text);
                assertEquals(text, tokenizer.decode(ids));
                assertEquals(text, Texts.text(oracle, ids));
              });
    }
  }

  @Test
  void everyAssignedCharacterIsCutAsHuggingFaceCutsIt() {
    byte[] json = train("gpt2", 300);
    Tokenizer tokenizer = tokenizer(json);
    try (HuggingFaceTokenizer oracle = Texts.oracle(json)) {
      StringBuilder text = new StringBuilder();
      for (int point = 0; point <= Character.MAX_CODE_POINT; point++) {
        // Private use is large and all alike.
        if (Texts.isAssigned(point) && Character.getType(point) != Character.PRIVATE_USE) {
          text.append("an").appendCodePoint(point).append("n ");
        }
        if (text.length() > 4000) {
          assertArrayEquals(
              Texts.ids(oracle, text.toString()),
              tokenizer.encode(text.toString()),
              () -> "up to " + text.codePointAt(text.length() - 3));
          text.setLength(0);
        }
      }
    }
  }

  @Test
  void decodingGivesTheTextOfEveryPlane() {
    Tokenizer tokenizer = tokenizer(train("gpt2", 300));
    for (int plane = 0; plane <= 16; plane++) {
      StringBuilder text = new StringBuilder();
      for (int point = plane << 16; point < (plane + 1) << 16; point++) {
        if (Character.getType(point) != Character.SURROGATE) {
          text.appendCodePoint(point);
        }
      }
      assertEquals(text.toString(), tokenizer.decode(tokenizer.encode(text.toString())));
    }
  }

  @Test
  void theTextOfIdsThatComeOneByOneIsTheWholeText() {
    Tokenizer tokenizer = tokenizer(train("gpt2", 400));
    assertEquals(Texts.REAL, Texts.running(tokenizer, tokenizer.encode(Texts.REAL)));
    assertEquals("", Texts.running(tokenizer, tokenizer.endOfText()));
  }

  @Test
  void textThatSpellsTheControlTokenStaysText() {
    // The pieces of this pattern are whole lines, so that the last of twelve merges would make the
    // token; the thirteenth takes its place.
    String line = "<|endoftext|>";
    byte[] json = BpeTrainer.train(Map.of(line, 10L, "xy", 1L), 257 + 12, "[^\n]+");
    Tokenizer tokenizer = tokenizer(json);
    String text = "end" + line + " and <|endoftext|>" + line;
    int[] ids = tokenizer.encode(text);
    assertFalse(Arrays.stream(ids).anyMatch(id -> id == tokenizer.endOfText()));
    assertEquals(text, tokenizer.decode(ids));
    int[] ended =
        IntStream.concat(Arrays.stream(ids), IntStream.of(tokenizer.endOfText())).toArray();
    assertEquals(text, tokenizer.decode(ended));
  }

  @Test
  void longRunsWithoutABlankAreEncodedAsHuggingFaceDoes() {
    byte[] json = train("gpt2", 400);
    Tokenizer tokenizer = tokenizer(json);
    try (HuggingFaceTokenizer oracle = Texts.oracle(json)) {
      String letters = Texts.REAL.replaceAll("[^a-z]", "");
      for (String run : new String[] {letters, "a", "ab", " ", "\n", "中", "1", "-"}) {
        String text = run.repeat(20_000 / run.length());
        assertArrayEquals(Texts.ids(oracle, text), tokenizer.encode(text), run);
      }
    }
  }

  @Test
  void anUnpairedSurrogateIsReadAsTheReplacementCharacter() {
    Tokenizer tokenizer = tokenizer(train("gpt2", 300));
    assertEquals(
        "a\ufffdb\ufffd😀\ufffd", tokenizer.decode(tokenizer.encode("a\ud800b\udc00😀\ud83d")));
  }

  @Test
  void bytesThatAreNotUtf8DecodeToTheReplacementCharacter() {
    Tokenizer tokenizer = tokenizer(train("gpt2", 257));
    int[] ids = tokenizer.encode("ä");
    assertEquals(2, ids.length);
    assertEquals("\ufffd", tokenizer.decode(new int[] {ids[0]}));
  }

  @Test
  void anIdOutsideOfTheVocabularyIsRefused() {
    Tokenizer tokenizer = tokenizer(train("gpt2", 300));
    assertEquals(300, tokenizer.vocabularySize());
    for (int id : new int[] {-1, 300}) {
      ChoraleException e =
          assertThrows(ChoraleException.class, () -> tokenizer.decode(new int[] {id}));
      assertEquals(
          "Cannot decode the id "
              + id
              + " with tokenizer test: it is not in the vocabulary, expected an id from 0 to 299."
              + " Use the tokenizer that the ids were made with.",
          e.getMessage());
    }
  }

  @Test
  void mergesCountAsTheyAreListed() {
    // "abc" is made from "a" and "bc", but "ab" is merged first, whatever the ids are.
    String json = new String(train("gpt2", 257), StandardCharsets.UTF_8);
    String changed =
        json.replaceFirst("\"merges\" : \\[ ?\\]", "\"merges\" : [\"a b\", \"b c\", \"a bc\"]")
            .replaceFirst("\"vocab\" : \\{", "\"vocab\" : { \"ab\":257,\"bc\":258,\"abc\":259,");
    assertEquals("ab|c", pieces(changed));
    assertEquals("abc", pieces(changed.replace("\"a bc\"", "\"ab c\"")));
    String disordered = changed.replace("\"ab\":257,\"bc\":258", "\"ab\":258,\"bc\":257");
    assertEquals("ab|c", pieces(disordered));
    assertEquals(
        "a|bc",
        pieces(changed.replace("\"a b\", \"b c\"", "\"b c\", \"a b\"").replace(", \"a bc\"", "")));
  }

  /** How a tokenizer.json cuts "abc". */
  private static String pieces(String json) {
    Tokenizer tokenizer = tokenizer(json.getBytes(StandardCharsets.UTF_8));
    return String.join(
        "|",
        Arrays.stream(tokenizer.encode("abc"))
            .mapToObj(id -> tokenizer.decode(new int[] {id}))
            .toList());
  }
}
