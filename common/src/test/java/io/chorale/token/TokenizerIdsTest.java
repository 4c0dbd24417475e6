package io.chorale.token;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.ChoraleException;
import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Ids are those that Hugging Face's library reads from a file, or the file is refused. */
class TokenizerIdsTest {

  private static String refused(ObjectNode root) {
    String message =
        assertThrows(ChoraleException.class, () -> TokenizerJson.load(root)).getMessage();
    assertTrue(message.startsWith("Cannot read tokenizer test: "), message);
    return message;
  }

  @Test
  void aPieceThatComesTwiceKeepsItsPlaces() {
    ObjectNode root =
        TokenizerJson.of(
            """
            {"type": "Unigram", "unk_id": 0, "byte_fallback": false,
             "vocab": [["<unk>", 0.0], ["▁", -3.0], ["a", -4.0], ["b", -4.2], ["a", -9.0],
                       ["c", -4.4], ["d", -5.0], ["</s>", -20.0]]}""");
    byte[] json = TokenizerJson.bytes(root);
    Tokenizer tokenizer = Tokenizers.load(json, "test");
    assertEquals(8, tokenizer.vocabularySize());
    assertEquals(7, tokenizer.endOfText());
    try (HuggingFaceTokenizer oracle = Texts.oracle(json)) {
      assertArrayEquals(Texts.ids(oracle, "abacd"), tokenizer.encode("abacd"));
    }
    assertArrayEquals(new int[] {4, 3, 4, 5, 6}, tokenizer.encode("abacd"));
    assertEquals("a b a c d", tokenizer.decode(new int[] {2, 3, 4, 5, 6}));
  }

  @Test
  void aVocabularyMayHaveHoles() {
    ObjectNode root =
        TokenizerJson.with(
            TokenizerJson.WORD_PIECE, model -> ((ObjectNode) model.get("vocab")).put("far", 9));
    Tokenizer tokenizer = TokenizerJson.load(root);
    assertEquals(10, tokenizer.vocabularySize());
    assertArrayEquals(
        new int[] {0, 1, 2, 3, 4, 9}, IntStream.range(-1, 12).filter(tokenizer::has).toArray());
    assertThrows(ChoraleException.class, () -> tokenizer.decode(new int[] {7}));
    assertArrayEquals(new int[] {9}, tokenizer.encode("far"));
  }

  @Test
  void addedTokensHaveTheIdsThatTheLibraryGivesThem() {
    ObjectNode root = TokenizerJson.of(TokenizerJson.WORD_PIECE);
    TokenizerJson.add(root, 1, "[SEP]", true);
    TokenizerJson.add(root, 5, "<one>", false);
    TokenizerJson.add(root, 6, "<two>", true);
    TokenizerJson.add(root, 5, "<one>", false);
    byte[] json = TokenizerJson.bytes(root);
    Tokenizer tokenizer = Tokenizers.load(json, "test");
    try (HuggingFaceTokenizer oracle = Texts.oracle(json)) {
      assertArrayEquals(new int[] {2, 5, 6}, Texts.ids(oracle, "a<one><two>"));
    }
    assertArrayEquals(new int[] {2, 5}, tokenizer.encode("a<one>"));
    assertTrue(IntStream.of(tokenizer.encode("<two>")).noneMatch(id -> id == 6));
  }

  @Test
  void addedTokensThatTheLibraryNumbersInAnotherWayAreRefused() {
    ObjectNode gap = TokenizerJson.of(TokenizerJson.WORD_PIECE);
    TokenizerJson.add(gap, 7, "<one>", false);
    assertTrue(
        refused(gap)
            .contains(
                "the id 7 of the added token <one> was found, expected 5, the one that Hugging"
                    + " Face's tokenizers give it."));
    ObjectNode over = TokenizerJson.of(TokenizerJson.WORD_PIECE);
    TokenizerJson.add(over, 2, "<one>", false);
    assertTrue(refused(over).contains("the id 2 of the added token <one>"));
    // That library counts the entries, and does not look for the largest id.
    ObjectNode hole =
        TokenizerJson.with(
            TokenizerJson.WORD_PIECE, model -> ((ObjectNode) model.get("vocab")).put("far", 9));
    TokenizerJson.add(hole, 10, "<one>", false);
    assertTrue(refused(hole).contains("expected 6,"));
    ((ObjectNode) hole.at("/added_tokens/0")).put("id", 6);
    byte[] json = TokenizerJson.bytes(hole);
    try (HuggingFaceTokenizer oracle = Texts.oracle(json)) {
      assertArrayEquals(new int[] {6}, Texts.ids(oracle, "<one>"));
    }
    assertArrayEquals(new int[] {6}, Tokenizers.load(json, "test").encode("<one>"));
    ObjectNode twice = TokenizerJson.of(TokenizerJson.WORD_PIECE);
    TokenizerJson.add(TokenizerJson.add(twice, 5, "<one>", false), 6, "<one>", true);
    assertTrue(refused(twice).contains("two ids of the token <one>"));
  }

  @Test
  void halfASurrogatePairIsNoEntry() {
    String json = TokenizerJson.of(TokenizerJson.WORD_PIECE).toString();
    byte[] half = json.replace("##b", "##b\\ud800").getBytes(StandardCharsets.UTF_8);
    assertTrue(
        assertThrows(ChoraleException.class, () -> Tokenizers.load(half, "test"))
            .getMessage()
            .contains("half of a surrogate pair"));
  }

  @Test
  void aPieceIsAPairOfTextAndScore() {
    ObjectNode root =
        TokenizerJson.with(
            TokenizerJson.UNIGRAM,
            model -> ((ArrayNode) model.get("vocab")).addArray().add("z").add(1).add(2));
    assertTrue(refused(root).contains("a piece [\"z\",1,2]"));
    assertFalse(
        refused(TokenizerJson.with(TokenizerJson.UNIGRAM, m -> m.put("vocab", 3))).isEmpty());
  }
}
