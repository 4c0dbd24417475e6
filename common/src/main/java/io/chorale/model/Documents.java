package io.chorale.model;

import io.chorale.data.Ids;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The documents that share the rows of a batch, one after the other, and groups of them that are
 * about equally long.
 *
 * <p>Attention reads a group as a batch of its own, a document a row, padded at the right. So no
 * document sees another, without a mask, in O(sum of squared lengths) instead of O(B · T²).
 */
final class Documents {
  /** Up to this length documents are one group: shorter ones save nothing. */
  private static final int SHORT = 16;

  private final int[] places; // of each token in its document [B x T]
  private final int[] begins; // of each document among the tokens of the batch
  private final int[] lengths; // of each document
  private final List<int[]> groups;

  private Documents(int[] places, int[] begins, int[] lengths) {
    this.places = places;
    this.begins = begins;
    this.lengths = lengths;
    this.groups = groups(lengths);
  }

  /**
   * The documents of a batch; nothing where each row is one.
   *
   * @param places of each token in its document, of which 0 begins one [B, T]
   */
  static Optional<Documents> of(Ids places) {
    int[] all = places.values();
    int[] begins = new int[all.length];
    int[] lengths = new int[all.length];
    int count = 0;
    for (int row = 0; row < places.lengths().length; row++) {
      int first = row * places.length();
      for (int at = first; at < first + places.lengths()[row]; at++) {
        if (all[at] == 0) {
          begins[count++] = at;
        }
        lengths[count - 1]++;
      }
    }
    return count == places.lengths().length
        ? Optional.empty()
        : Optional.of(
            new Documents(all, Arrays.copyOf(begins, count), Arrays.copyOf(lengths, count)));
  }

  /** Documents whose longest has at most a third more tokens than their shortest, or SHORT ones. */
  private static List<int[]> groups(int[] lengths) {
    int[] order =
        IntStream.range(0, lengths.length)
            .boxed()
            .sorted((a, b) -> lengths[b] - lengths[a])
            .mapToInt(Integer::intValue)
            .toArray();
    List<int[]> groups = new ArrayList<>();
    for (int from = 0, to = 0; from < order.length; from = to) {
      int longest = lengths[order[from]];
      while (to < order.length && (longest <= SHORT || 4 * lengths[order[to]] >= 3 * longest)) {
        to++;
      }
      groups.add(Arrays.copyOfRange(order, from, to));
    }
    return groups;
  }

  /** Groups there are. */
  int groups() {
    return groups.size();
  }

  /** Documents of a group. */
  int count(int group) {
    return groups.get(group).length;
  }

  /** Tokens of a group's longest document. */
  int longest(int group) {
    return lengths[groups.get(group)[0]];
  }

  /** Tokens of the longest document. */
  int longest() {
    return longest(0);
  }

  /** The place of each token in its document; 0 for padding [B x T]. */
  int[] places() {
    return places;
  }

  /**
   * Of each step of all groups, one after the other, the token that it reads. Padding reads the
   * document's last token, again: what comes of that is never used.
   */
  int[] tokens() {
    int steps = IntStream.range(0, groups()).map(group -> count(group) * longest(group)).sum();
    int[] tokens = new int[steps];
    int step = 0;
    for (int group = 0; group < groups(); group++) {
      for (int document : groups.get(group)) {
        for (int place = 0; place < longest(group); place++) {
          tokens[step++] = begins[document] + Math.min(place, lengths[document] - 1);
        }
      }
    }
    return tokens;
  }

  /** Of each token, the step of the groups that reads it; any for the padding of rows [B x T]. */
  int[] steps() {
    int[] steps = new int[places.length];
    int step = 0;
    for (int group = 0; group < groups(); group++) {
      for (int document : groups.get(group)) {
        for (int place = 0; place < lengths[document]; place++) {
          steps[begins[document] + place] = step + place;
        }
        step += longest(group);
      }
    }
    return steps;
  }
}
