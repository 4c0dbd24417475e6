package io.chorale.token;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.config.TokenizerSettings;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The token that ends a text, where it has none of the usual names. */
class EndOfTextTest {

  private static final String END = "<｜end▁of▁sentence｜>";

  private static final String BYTE_LEVEL =
      "{'type':'ByteLevel','add_prefix_space':false,'trim_offsets':true,'use_regex':true}";

  private static ObjectNode file() {
    ObjectNode root = TokenizerJson.of(TokenizerJson.bytePairs().replace("</s>", END));
    root.set("pre_tokenizer", TokenizerJson.step(BYTE_LEVEL));
    root.set("decoder", TokenizerJson.step(BYTE_LEVEL));
    TokenizerJson.add(root, 0, END, true);
    return TokenizerJson.add(root, 259, "<｜User｜>", true);
  }

  private static TokenizerSettings settings(String token) {
    return SettingsFile.read(
            "test", "", List.of("tokenizer.file=t.json", "tokenizer.end-of-text=" + token))
        .tokenizer();
  }

  @Test
  void withoutAUsualNameTheSettingIsNamedAndWhatTheFileHas() {
    SettingsException refused =
        assertThrows(SettingsException.class, () -> TokenizerJson.load(file()));
    assertEquals(
        "Cannot read tokenizer test: no token that ends a text was found, expected one of"
            + " <|endoftext|> <|end_of_text|> </s> <eos> [EOS] <|eos|> <EOS>"
            + " <|END_OF_TURN_TOKEN|> <end_of_text> [SEP] <sep>. Set tokenizer.end-of-text to the"
            + " token that does; its control tokens are <｜end▁of▁sentence｜> <｜User｜>.",
        refused.getMessage());
  }

  @Test
  void theSettingNamesIt() {
    byte[] json = Tokenizers.marked(TokenizerJson.bytes(file()), settings(END));
    Tokenizer tokenizer = Tokenizers.load(json, "test");
    assertEquals(0, tokenizer.endOfText());
    String text = "aab " + END + " c";
    int[] ids = tokenizer.encode(text);
    assertTrue(Arrays.stream(ids).noneMatch(id -> id == 0));
    assertEquals(text, tokenizer.decode(ids));
    // The file that goes with the dataset is one that other clients read.
    try (HuggingFaceTokenizer oracle = Texts.oracle(json)) {
      assertArrayEquals(Texts.ids(oracle, "aab c"), tokenizer.encode("aab c"));
    }
    assertEquals(
        259, Tokenizers.load(Tokenizers.marked(json, settings("<｜User｜>")), "test").endOfText());
  }

  @Test
  void anEntryOfTheVocabularyBecomesAControlToken() {
    byte[] json = TokenizerJson.bytes(TokenizerJson.of(TokenizerJson.WORD_PIECE));
    Tokenizer tokenizer = Tokenizers.load(Tokenizers.marked(json, settings("x")), "test");
    assertEquals(4, tokenizer.endOfText());
    assertEquals("a", tokenizer.decode(new int[] {2, 4}));
    assertArrayEquals(new int[] {2}, tokenizer.encode("a"));
    assertSame(json, Tokenizers.marked(json, settings("")));
  }

  @Test
  void aTokenThatTheFileDoesNotHaveIsRefused() {
    byte[] json = TokenizerJson.bytes(file());
    assertEquals(
        "tokenizer.end-of-text must be a token of t.json; its control tokens are"
            + " <｜end▁of▁sentence｜> <｜User｜> (got: <eot>)",
        assertThrows(SettingsException.class, () -> Tokenizers.marked(json, settings("<eot>")))
            .getMessage());
    assertTrue(
        assertThrows(
                SettingsException.class,
                () -> SettingsFile.read("test", "", List.of("tokenizer.end-of-text=x")))
            .getMessage()
            .startsWith("tokenizer.end-of-text must be empty where tokenizer.file is"));
  }
}
