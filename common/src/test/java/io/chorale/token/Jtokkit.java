package io.chorale.token;

import com.fasterxml.jackson.databind.JsonNode;
import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingRegistry;
import com.knuddels.jtokkit.api.GptBytePairEncodingParams;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Byte-level BPE by jtokkit. It knows products alone, not which two tokens they are made from: its
 * ids are right where merges were learned from a corpus and are listed in the order of their ids.
 */
final class Jtokkit {

  /**
   * GPT-2's splitting: the same language as {@link Splitting#GPT2_REGEX}, without what a matcher
   * would do in vain.
   */
  static final Pattern GPT2 =
      Pattern.compile(
          "'(?:[stmd]|re|ve|ll)| ?\\p{L}++| ?\\p{N}++| ?[^S\\p{L}\\p{N}]++|[S]+(?![^S])|[S]+"
              .replace("S", WhiteSpace.CLASS));

  private final Encoding encoding;

  /** Of a tokenizer.json with GPT-2's splitting. */
  @SuppressWarnings("ArrayAsKeyOfSetOrMap") // jtokkit takes them as pairs, and looks nothing up
  Jtokkit(byte[] json) {
    TokenizerFile file = TokenizerFile.read(json, "jtokkit");
    Map<byte[], Integer> ranks = new LinkedHashMap<>();
    for (int b : ByteAlphabet.bytesInOrder()) {
      String entry = String.valueOf(ByteAlphabet.character(b));
      ranks.put(new byte[] {(byte) b}, file.vocabulary().get(entry));
    }
    for (JsonNode merge : file.model().path("merges")) {
      String product = String.join("", Merges.pair(file, merge));
      ranks.put(ByteAlphabet.read(product), file.vocabulary().get(product));
    }
    EncodingRegistry registry = Encodings.newLazyEncodingRegistry();
    registry.registerGptBytePairEncoding(
        new GptBytePairEncodingParams("jtokkit", GPT2, ranks, Map.of()));
    encoding = registry.getEncoding("jtokkit").orElseThrow();
  }

  /** The ids of a text without an unpaired surrogate. */
  int[] encode(String text) {
    return encoding.encodeOrdinary(text).toArray();
  }
}
