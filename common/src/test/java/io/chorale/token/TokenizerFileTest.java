package io.chorale.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Damaged files, and files that are not understood. */
class TokenizerFileTest {

  private static final byte[] WHOLE =
      BpeTrainer.train(Map.of("abcab", 3L, " abc", 2L), 260, "gpt2");

  private static String failure(String json) {
    return failure(json.getBytes(StandardCharsets.UTF_8));
  }

  private static String failure(byte[] json) {
    String message =
        assertThrows(ChoraleException.class, () -> Tokenizers.load(json, "hdfs:/d/tokenizer.json"))
            .getMessage();
    String start = "Cannot read tokenizer hdfs:/d/tokenizer.json: ";
    String end = ". Take the file anew from where it came, or train a tokenizer.";
    assertTrue(message.startsWith(start) && message.endsWith(end), message);
    return message.substring(start.length(), message.length() - end.length());
  }

  private static String changed(String from, String to) {
    String whole = new String(WHOLE, StandardCharsets.UTF_8);
    assertTrue(whole.contains(from), from);
    return failure(whole.replace(from, to));
  }

  @Test
  void aFileThatIsCutShortIsRefused() {
    for (int length = 0; length < WHOLE.length - 2; length += 101) {
      String message = failure(Arrays.copyOf(WHOLE, length));
      assertTrue(message.startsWith("no JSON"), message);
    }
    assertTrue(failure(Arrays.copyOf(WHOLE, WHOLE.length + 1)).startsWith("no JSON"));
  }

  @Test
  void aFlippedBitNeverGivesAnotherErrorThanTheClearOne() {
    Random random = new Random(3);
    int refused = 0;
    for (int round = 0; round < 400; round++) {
      byte[] json = WHOLE.clone();
      json[random.nextInt(json.length)] ^= (byte) (1 << random.nextInt(8));
      try {
        Tokenizers.load(json, "test").encode("abc");
      } catch (ChoraleException e) {
        assertTrue(e.getMessage().startsWith("Cannot read tokenizer test: "), e.getMessage());
        refused++;
      }
    }
    // Some change only a name that nothing asks for: the dataset's fingerprint finds those.
    assertTrue(refused > 100, "refused " + refused);
  }

  @Test
  void whatIsWrongIsSaid() {
    assertEquals("no JSON object was found, expected a tokenizer.json", failure("[]"));
    assertEquals("no model.vocab was found, expected the entries of the vocabulary", failure("{}"));
    assertEquals(
        "the id 1 twice was found, expected an id for each entry", changed(" : 2,", " : 1,"));
    assertEquals(
        "the id \"x\" of ! was found, expected a number from 0 to 16777215",
        changed("\"!\" : 1,", "\"!\" : \"x\","));
    assertEquals(
        "the id -1 of ! was found, expected a number from 0 to 16777215",
        changed("\"!\" : 1,", "\"!\" : -1,"));
    assertEquals(
        "two ids of the token <|endoftext|> was found, expected one",
        changed("\"id\" : 0", "\"id\" : 5"));
    assertEquals(
        "the merge \"a bx\" was found, expected two entries whose product is an entry too",
        changed("\"a b\"", "\"a bx\""));
    assertEquals(
        "a model of the type \"Other\" was found, expected a known one",
        changed("\"type\" : \"BPE\"", "\"type\" : \"Other\""));
    assertTrue(changed("\"!\" : 1,", "\"!\" : 1, \"!\" : 300,").startsWith("no JSON (Duplicate"));
  }
}
