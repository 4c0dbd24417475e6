package io.chorale.token;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The ids of a piece are those of going over it for each merge. */
class PieceMergerTest {

  /** A file of merges in any order: learned ones are ordered, and each product has one. */
  private static ObjectNode file(Random random, List<String[]> merges) {
    ObjectNode root = TokenizerJson.of(TokenizerJson.bytePairs());
    for (String step : List.of("pre_tokenizer", "decoder")) {
      root.putObject(step).put("type", "ByteLevel").put("add_prefix_space", false);
      ((ObjectNode) root.get(step)).put("trim_offsets", true);
    }
    ObjectNode vocabulary = (ObjectNode) root.at("/model/vocab");
    ArrayNode list = ((ObjectNode) root.get("model")).putArray("merges");
    List<String> entries = new ArrayList<>(List.of("a", "b", "c", "ab", "aab"));
    for (int i = 3 + random.nextInt(20); i > 0; i--) {
      String[] pair = {
        entries.get(random.nextInt(entries.size())), entries.get(random.nextInt(entries.size()))
      };
      String product = pair[0] + pair[1];
      if (!vocabulary.has(product)) {
        vocabulary.put(product, vocabulary.size());
        entries.add(product);
      }
      list.addArray().add(pair[0]).add(pair[1]);
      merges.add(pair);
    }
    return root;
  }

  private static int[] naive(String piece, List<String[]> merges, Map<String, Integer> ids) {
    Map<List<String>, Integer> ranks = new LinkedHashMap<>();
    for (int rank = 0; rank < merges.size(); rank++) {
      ranks.put(List.of(merges.get(rank)), rank);
    }
    List<String> parts = new ArrayList<>(List.of(piece.split("")));
    while (true) {
      int best = -1;
      int least = Integer.MAX_VALUE;
      for (int i = 0; i + 1 < parts.size(); i++) {
        int rank = ranks.getOrDefault(parts.subList(i, i + 2), Integer.MAX_VALUE);
        if (rank < least) {
          least = rank;
          best = i;
        }
      }
      if (best < 0) {
        return parts.stream().mapToInt(ids::get).toArray();
      }
      parts.set(best, parts.get(best) + parts.remove(best + 1));
    }
  }

  @Test
  void anyListOfMergesGivesTheIdsOfGoingOverThePieceForEach() {
    Random random = new Random(11);
    for (int round = 0; round < 150; round++) {
      List<String[]> merges = new ArrayList<>();
      byte[] json = TokenizerJson.bytes(file(random, merges));
      TokenizerFile file = TokenizerFile.read(json, "test");
      PieceMerger merger = new PieceMerger(Merges.of(file).orElseThrow());
      try (HuggingFaceTokenizer oracle = Texts.oracle(json)) {
        for (int i = 0; i < 20; i++) {
          StringBuilder text = new StringBuilder();
          for (int length = 1 + random.nextInt(60); length > 0; length--) {
            text.append((char) ('a' + random.nextInt(3)));
          }
          String piece = text.toString();
          int[] ids = ids(merger, piece.getBytes(StandardCharsets.UTF_8));
          assertArrayEquals(naive(piece, merges, file.vocabulary()), ids, piece);
          assertArrayEquals(Texts.ids(oracle, piece), ids, piece);
        }
      }
    }
  }

  @Test
  void whatIsMergedBeforeChangesNothing() {
    TokenizerFile file =
        TokenizerFile.read(TokenizerJson.bytes(file(new Random(5), new ArrayList<>())), "test");
    Merges merges = Merges.of(file).orElseThrow();
    PieceMerger used = new PieceMerger(merges);
    for (int length : new int[] {1, 300, 2, 1000, 0, 5}) {
      byte[] piece = "abacab".repeat(200).substring(0, length).getBytes(StandardCharsets.UTF_8);
      assertArrayEquals(ids(new PieceMerger(merges), piece), ids(used, piece));
    }
    assertEquals(0, ids(used, new byte[0]).length);
  }

  @Test
  void aVocabularyWithoutOneOfTheBytesIsNotTaken() {
    byte[] json =
        TokenizerJson.bytes(
            TokenizerJson.with(
                TokenizerJson.bytePairs(), model -> ((ObjectNode) model.get("vocab")).remove("q")));
    assertEquals(
        List.of(true, false),
        Arrays.asList(
            Merges.of(
                    TokenizerFile.read(
                        TokenizerJson.bytes(TokenizerJson.of(TokenizerJson.bytePairs())), "test"))
                .isPresent(),
            Merges.of(TokenizerFile.read(json, "test")).isPresent()));
  }

  /** The ids of a piece that lies among other bytes, behind other ids. */
  private static int[] ids(PieceMerger merger, byte[] piece) {
    byte[] bytes = new byte[piece.length + 5];
    System.arraycopy(piece, 0, bytes, 2, piece.length);
    int[] ids = new int[piece.length + 1];
    int count = merger.merge(bytes, 2, 2 + piece.length, ids, 1);
    assertEquals(0, ids[0]);
    return Arrays.copyOfRange(ids, 1, 1 + count);
  }
}
