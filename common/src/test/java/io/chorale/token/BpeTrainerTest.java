package io.chorale.token;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.chorale.config.ChoraleException;
import io.chorale.config.SettingsException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class BpeTrainerTest {

  @Test
  void mergesEqualThoseOfCountingAllOverAgain() throws IOException {
    Random random = new Random(7);
    for (int round = 0; round < 60; round++) {
      // Few letters and many repetitions: overlapping pairs and ties.
      String letters = "abé".substring(0, 1 + random.nextInt(3));
      Map<String, Long> counts = new HashMap<>();
      for (int piece = 1 + random.nextInt(30); piece > 0; piece--) {
        StringBuilder text = new StringBuilder();
        for (int length = 1 + random.nextInt(24); length > 0; length--) {
          text.append(letters.charAt(random.nextInt(letters.length())));
        }
        counts.merge(text.toString(), 1L + random.nextInt(5), Long::sum);
      }
      List<String> expected = naiveMerges(counts, 60);
      byte[] json = BpeTrainer.train(counts, 257 + expected.size(), "gpt2");
      assertEquals(expected, merges(json), counts.toString());
    }
  }

  /** Counts every pair in every piece before each merge; ties go to the smaller ids. */
  private static List<String> naiveMerges(Map<String, Long> counts, int most) {
    Map<String, Integer> ids = new HashMap<>();
    for (int b : ByteAlphabet.bytesInOrder()) {
      ids.put(String.valueOf(ByteAlphabet.character(b)), ids.size() + 1);
    }
    Map<List<String>, Long> pieces = new LinkedHashMap<>();
    counts.forEach(
        (text, count) ->
            pieces.put(
                List.of(ByteAlphabet.write(text.getBytes(StandardCharsets.UTF_8)).split("")),
                count));
    List<String> merges = new ArrayList<>();
    while (merges.size() < most) {
      Map<Long, Long> pairs = new TreeMap<>();
      Map<Long, String> names = new HashMap<>();
      pieces.forEach(
          (piece, count) -> {
            for (int i = 0; i + 1 < piece.size(); i++) {
              long pair = (long) ids.get(piece.get(i)) << 32 | ids.get(piece.get(i + 1));
              pairs.merge(pair, count, Long::sum);
              names.put(pair, piece.get(i) + " " + piece.get(i + 1));
            }
          });
      long best = -1;
      for (Map.Entry<Long, Long> pair : pairs.entrySet()) {
        if (best < 0 || pair.getValue() > pairs.get(best)) {
          best = pair.getKey();
        }
      }
      if (best < 0) {
        break;
      }
      String[] merge = names.get(best).split(" ");
      merges.add(names.get(best));
      ids.put(merge[0] + merge[1], ids.size() + 1);
      Map<List<String>, Long> merged = new LinkedHashMap<>();
      pieces.forEach((piece, count) -> merged.put(merge(piece, merge), count));
      pieces.clear();
      pieces.putAll(merged);
    }
    return merges;
  }

  private static List<String> merge(List<String> piece, String[] pair) {
    List<String> merged = new ArrayList<>();
    for (int i = 0; i < piece.size(); i++) {
      if (i + 1 < piece.size()
          && piece.get(i).equals(pair[0])
          && piece.get(i + 1).equals(pair[1])) {
        merged.add(pair[0] + pair[1]);
        i++;
      } else {
        merged.add(piece.get(i));
      }
    }
    return merged;
  }

  private static List<String> merges(byte[] json) throws IOException {
    List<String> merges = new ArrayList<>();
    for (JsonNode merge : new ObjectMapper().readTree(json).at("/model/merges")) {
      merges.add(merge.asText());
    }
    return merges;
  }

  @Test
  void mergesEqualThoseOfHuggingFacesTrainer() throws IOException {
    // Recorded from tokenizers 0.23.2 (BpeTrainer, ByteLevel, its alphabet, vocab_size 277).
    String text =
        "low lower lowest, new newer newest; wide wider widest. "
            + "aaa aaaa aaaaa banana bananas ananas é été 中中中 1111 11";
    byte[] json =
        BpeTrainer.train(Texts.counts(PreTokenizer.forPattern("gpt2"), text), 277, "gpt2");
    assertEquals(
        List.of(
            "a a", "a n", "1 1", "w e", "d e", "i de", "l o", "n e", "s t", "w ide", "¸ Ń", "Ã ©",
            "ä ¸Ń", "Ġ aa", "Ġ ne", "Ġ wide", "an a", "an ana", "b anana", "Ġ 11"),
        merges(json));
  }

  @Test
  void theFileDependsOnTheCountsAlone() {
    String pattern = "gpt2";
    Map<String, Long> counts = Texts.counts(PreTokenizer.forPattern(pattern), Texts.REAL);
    Map<String, Long> sorted = new TreeMap<>(counts);
    byte[] json = BpeTrainer.train(counts, 330, pattern);
    assertArrayEquals(json, BpeTrainer.train(sorted, 330, pattern));
    assertEquals(64, Tokenizers.fingerprint(json).length());
    assertEquals(
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        Tokenizers.fingerprint("abc".getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void aVocabularyLargerThanTheCorpusOffersIsRefused() {
    Map<String, Long> counts = Map.of("abc", 1L, "x", 5L);
    ChoraleException e =
        assertThrows(ChoraleException.class, () -> BpeTrainer.train(counts, 300, "gpt2"));
    assertEquals(
        "Cannot train the tokenizer (bpe): its texts offer 259 entries, expected the 300 of"
            + " its vocabulary. Set tokenizer.vocabulary (that of targets alone:"
            + " tokenizer.target-vocabulary) to at most 259, or give more text.",
        e.getMessage());
    assertEquals(
        259, Tokenizers.load(BpeTrainer.train(counts, 259, "gpt2"), "test").vocabularySize());
  }

  @Test
  void aPatternThatOtherClientsReadInAnotherWayIsRefused() {
    SettingsException e =
        assertThrows(SettingsException.class, () -> BpeTrainer.train(Map.of("a", 1L), 300, "\\w+"));
    assertEquals(
        "tokenizer.pattern must be gpt2, llama3, qwen2 or a regular expression that every client of a"
            + " tokenizer.json reads the same way (got: \\w+, which has the escape \\w at position"
            + " 0)",
        e.getMessage());
  }

  @Test
  void portableRegexesAreToldFromOthers() {
    for (String portable :
        List.of(
            Splitting.GPT2_REGEX,
            "[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}|\\s*[\\r\\n]|\\s+(?!\\S)|\\s",
            "(?:ab|c)?d",
            "(?<=a)b",
            ".",
            "\\u0041+\\|",
            "[^\\]-]+")) {
      assertEquals("", PortableRegex.fault(portable), portable);
    }
    for (String other :
        List.of(
            "a*",
            "(?=a)",
            "a|",
            "",
            "\\bword",
            "\\h",
            "^a",
            "a$",
            "(?:ab)+",
            "(?:ab){2,}",
            "[a[b]]",
            "[a&&b]",
            "[a",
            "(a",
            "a)",
            "a{2}+",
            "a{2}?",
            "a{x}",
            "a**",
            "\\p{Han}+",
            "\\pL",
            "(?i:ab)",
            "(?<n>a)",
            "a\\",
            "\\1",
            "\\uD8",
            "{")) {
      assertFalse(PortableRegex.fault(other).isEmpty(), other);
    }
  }

  @Test
  void piecesOfAnyPatternAreTheWholeText() {
    for (String pattern : List.of("gpt2", "\\p{L}+", "a|b", "\\s+(?!\\S)")) {
      Texts.random(300)
          .forEach(
              text -> {
                StringBuilder whole = new StringBuilder();
                PreTokenizer.forPattern(pattern).split(text, whole::append);
                assertEquals(text, whole.toString(), pattern);
              });
    }
    List<String> pieces = new ArrayList<>();
    PreTokenizer.forPattern("gpt2").split("I'll  go\n\n to 12a!?", pieces::add);
    assertEquals(List.of("I", "'ll", " ", " go", "\n\n", " to", " 12", "a", "!?"), pieces);
    assertTrue(Splitting.of(Splitting.GPT2_REGEX).isGpt2());
  }
}
