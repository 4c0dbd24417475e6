package io.chorale.token;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.ChoraleException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a tokenizer.json puts around a text is known, and never in what is encoded. */
class PostProcessorTest {
  private static final String TEMPLATE =
      "{'type': 'TemplateProcessing', 'single': [%s{'Sequence': {'id': 'A', 'type_id': 0}}%s],"
          + " 'pair': [], 'special_tokens': {'b': {'id': 'b', 'ids': [2, 1], 'tokens': ['a', 'b']}}}";
  private static final String TOKEN = "{'SpecialToken': {'id': 'b', 'type_id': 0}}";

  private static ObjectNode file(String processor) {
    ObjectNode root = TokenizerJson.of(TokenizerJson.WORD_LEVEL);
    root.set("post_processor", TokenizerJson.step(processor));
    return root;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "null | ``",
        "{'type': 'ByteLevel', 'trim_offsets': true} | ``",
        "{'type': 'BertProcessing', 'sep': ['</s>', 1], 'cls': ['a', 2]} | 2",
        "BEFORE | 2 1",
        "BEHIND | ``",
        "{'type': 'Sequence', 'processors': [{'type': 'ByteLevel'}, BEFORE]} | 2 1",
        "{'type': 'Sequence', 'processors': [{'type': 'RobertaProcessing', 'sep': ['a', 2],"
            + " 'cls': ['a', 2]}, BEFORE]} | 2 1 2",
      })
  void theTokensBeforeATextAreKnown(String given, String expected) {
    String processor =
        given
            .replace("BEFORE", TEMPLATE.formatted(TOKEN + ", ", ""))
            .replace("BEHIND", TEMPLATE.formatted("", ", " + TOKEN));
    Tokenizer tokenizer = TokenizerJson.load(file(processor));
    assertArrayEquals(
        expected.isEmpty()
            ? new int[0]
            : java.util.Arrays.stream(expected.split(" ")).mapToInt(Integer::parseInt).toArray(),
        tokenizer.beginOfText());
    assertArrayEquals(new int[] {2}, tokenizer.encode("a"));
    byte[] bytes = TokenizerJson.bytes(file(processor));
    byte[] without = Tokenizers.withoutTokensAround(bytes, "test");
    assertArrayEquals(new int[0], Tokenizers.load(without, "test").beginOfText());
    if (expected.isEmpty() && !given.equals("BEHIND")) {
      assertSame(bytes, without);
    }
  }

  @Test
  void thoseThatAreNoEntriesAreTold() {
    Tokenizer tokenizer =
        TokenizerJson.load(file("{'type': 'BertProcessing', 'sep': ['b', 7], 'cls': ['a', 9]}"));
    assertThrows(ChoraleException.class, tokenizer::beginOfText);
  }
}
