package io.chorale.token;

import com.fasterxml.jackson.databind.JsonNode;
import io.chorale.config.ChoraleException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * The merges of a byte-level BPE model: which two adjacent tokens become which one, and which merge
 * goes first. Immutable; threads may share it.
 *
 * <p>The rank of a merge is its place in the list; of a pair that is listed twice the last counts,
 * as in Hugging Face's tokenizers. A hash table, open-addressed and at most half full, holds the
 * ranks by the pairs.
 */
final class Merges {

  /** The rank of two tokens that no merge joins. */
  static final int NONE = -1;

  private final int[] ofBytes = new int[256];
  private final int[] lengths;
  private final int[] lefts;
  private final int[] rights;
  private final int[] products;
  private final int[] ranks; // one more, so that 0 is a free place
  private final int shift;

  private Merges(TokenizerFile file) {
    Arrays.setAll(ofBytes, b -> file.vocabulary().get(byteEntry(b)));
    String[] entries = file.entries();
    lengths = new int[entries.length];
    Arrays.setAll(lengths, id -> entries[id] == null ? 0 : entries[id].length());
    JsonNode merges = file.model().path("merges");
    lefts = new int[merges.size()];
    rights = new int[merges.size()];
    products = new int[merges.size()];
    shift = Integer.numberOfLeadingZeros(merges.size()) - 1;
    ranks = new int[1 << (Integer.SIZE - shift)];
    for (int rank = 0; rank < lefts.length; rank++) {
      String[] pair = pair(file, merges.get(rank));
      lefts[rank] = file.vocabulary().get(pair[0]);
      rights[rank] = file.vocabulary().get(pair[1]);
      products[rank] = file.vocabulary().get(product(file, pair, 0));
      ranks[place(lefts[rank], rights[rank])] = rank + 1;
    }
  }

  /** The merges of a file; empty where its vocabulary lacks one of the 256 bytes. */
  static Optional<Merges> of(TokenizerFile file) {
    for (int b = 0; b < 256; b++) {
      if (!file.vocabulary().containsKey(byteEntry(b))) {
        return Optional.empty();
      }
    }
    return Optional.of(new Merges(file));
  }

  private static String byteEntry(int b) {
    return String.valueOf(ByteAlphabet.character(b));
  }

  /** The token of a byte. */
  int ofByte(byte b) {
    return ofBytes[b & 0xff];
  }

  /** The bytes of a token that merging comes to. */
  int length(int id) {
    return lengths[id];
  }

  /** The rank of the merge that joins two tokens, or {@link #NONE}. */
  int rank(int left, int right) {
    return ranks[place(left, right)] - 1;
  }

  /** The token on the left of a merge. */
  int left(int rank) {
    return lefts[rank];
  }

  /** The token on the right of a merge. */
  int right(int rank) {
    return rights[rank];
  }

  /** The token that a merge makes. */
  int product(int rank) {
    return products[rank];
  }

  /** Where the rank of a pair is, or would be. */
  private int place(int left, int right) {
    int place = (((left * 0x9e3779b1) ^ right) * 0x85ebca6b) >>> shift;
    while (true) {
      int rank = ranks[place] - 1;
      if (rank < 0 || (lefts[rank] == left && rights[rank] == right)) {
        return place;
      }
      place = (place + 1) & (ranks.length - 1);
    }
  }

  /**
   * The two entries of a merge.
   *
   * @throws ChoraleException where they are not two
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
   * @throws ChoraleException where it is no entry
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
}
