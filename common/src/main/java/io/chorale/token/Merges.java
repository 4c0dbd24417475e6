package io.chorale.token;

import com.fasterxml.jackson.databind.JsonNode;
import io.chorale.config.ChoraleException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The merges of a byte-level BPE model, and whether merging by the ranks of products alone, as
 * tiktoken and jtokkit do, is the same as merging by the list.
 *
 * <p>It is if products get their ids in the order of the merges and every product, taken for
 * itself, is put together by earlier merges and its own. For let two adjacent tokens in some text
 * spell a product, while no better merge is left: no merge has crossed the product's ends, so
 * inside of them has happened what happens to the product alone, and the two tokens are those of
 * its merge. Merges that were learned from a corpus have this property; others need not.
 */
final class Merges {

  // A second or so; more only where entries are very long, as when each merge doubles one.
  private static final long MOST_WORK = 40_000_000;

  private Merges() {}

  /**
   * The ranks that jtokkit needs.
   *
   * @return ids by the bytes of the entry, single bytes included; empty where ranks alone would not
   *     give the ids that the list of merges gives, or finding out takes long
   */
  @SuppressWarnings("ArrayAsKeyOfSetOrMap") // jtokkit takes them as pairs, and looks nothing up
  static Map<byte[], Integer> ranks(TokenizerFile file) {
    Map<String, Integer> vocabulary = file.vocabulary();
    Map<String, Integer> reached = new HashMap<>();
    Map<byte[], Integer> ranks = new LinkedHashMap<>();
    for (int b = 0; b < 256; b++) {
      String entry = String.valueOf(ByteAlphabet.character(b));
      Integer id = vocabulary.get(entry);
      if (id == null) {
        return Map.of();
      }
      ranks.put(new byte[] {(byte) b}, id);
    }
    int last = -1;
    long work = 0;
    for (JsonNode merge : file.model().path("merges")) {
      String[] pair = pair(file, merge);
      String product = product(file, pair, 0);
      int id = vocabulary.get(product);
      work += (long) product.length() * product.length();
      if (id <= last
          || work > MOST_WORK
          || !ByteAlphabet.reads(product)
          || !merged(product, reached).equals(List.of(pair))) {
        return Map.of();
      }
      last = id;
      reached.put(product, id);
      ranks.put(ByteAlphabet.read(product), id);
    }
    // With ignore_merges an entry is also found without a merge that makes it.
    boolean whole = file.model().path("ignore_merges").asBoolean();
    Set<String> added =
        file.added().stream().map(TokenizerFile.Added::content).collect(Collectors.toSet());
    long findable = vocabulary.keySet().stream().filter(entry -> !added.contains(entry)).count();
    return whole && findable > ranks.size() ? Map.of() : ranks;
  }

  /**
   * The two entries of a merge.
   *
   * @throws io.chorale.config.ChoraleException where they are not two
   */
  static String[] pair(TokenizerFile file, JsonNode merge) {
    String[] pair = new String[0];
    if (merge.isTextual()) {
      pair = merge.textValue().split(" ", -1);
    } else if (merge.size() == 2 && merge.path(0).isTextual() && merge.path(1).isTextual()) {
      pair = new String[] {merge.get(0).textValue(), merge.get(1).textValue()};
    }
    if (pair.length != 2
        || !file.vocabulary().containsKey(pair[0])
        || !file.vocabulary().containsKey(pair[1])) {
      throw damaged(file, merge.toString());
    }
    return pair;
  }

  /**
   * What a merge makes of its entries.
   *
   * @param prefix bytes that entries within a word begin with, which the right one loses
   * @throws io.chorale.config.ChoraleException where it is no entry
   */
  static String product(TokenizerFile file, String[] pair, int prefix) {
    byte[] right = pair[1].getBytes(StandardCharsets.UTF_8);
    boolean cuts = prefix <= right.length && !(prefix < right.length && right[prefix] < -0x40);
    String end =
        !cuts || prefix == 0
            ? pair[1]
            : new String(right, prefix, right.length - prefix, StandardCharsets.UTF_8);
    if (!cuts || !file.vocabulary().containsKey(pair[0] + end)) {
      throw damaged(file, '"' + pair[0] + " " + pair[1] + '"');
    }
    return pair[0] + end;
  }

  private static ChoraleException damaged(TokenizerFile file, String merge) {
    return file.damaged(
        "the merge " + TokenizerFile.brief(merge, 80), "two entries whose product is an entry too");
  }

  /** An entry as merges of lesser rank put it together. */
  private static List<String> merged(String entry, Map<String, Integer> ranks) {
    List<String> parts = new ArrayList<>(entry.length());
    for (int i = 0; i < entry.length(); i++) {
      parts.add(entry.substring(i, i + 1));
    }
    while (parts.size() > 2) {
      int best = -1;
      int least = Integer.MAX_VALUE;
      for (int i = 0; i + 1 < parts.size(); i++) {
        int rank = ranks.getOrDefault(parts.get(i) + parts.get(i + 1), Integer.MAX_VALUE);
        if (rank < least) {
          least = rank;
          best = i;
        }
      }
      if (best < 0) {
        break;
      }
      parts.set(best, parts.get(best) + parts.remove(best + 1));
    }
    return parts;
  }
}
