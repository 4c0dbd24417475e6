package io.chorale.jobs.embed;

import io.chorale.vectors.Phrases;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import scala.Tuple2;

/**
 * Counts neighbours in a text: a million pairs are sorted at a time, so a pair comes once for each
 * million that it is in. Memory: 8 MB.
 */
final class PairCounts implements Iterator<Tuple2<Long, Long>> {
  private static final int HELD = 1 << 20;

  private final Iterator<int[]> text;
  private final long[] counts;
  private final Phrases phrases;
  private final int longest;

  private final long[] pairs = new long[HELD];
  private int held;
  private int next;

  private int[] ids = new int[0];
  private int place;

  /**
   * @param counts of the ids; one that is 0 has no neighbours
   * @param longest the most words of a pair
   */
  PairCounts(Iterator<int[]> text, long[] counts, Phrases phrases, int longest) {
    this.text = text;
    this.counts = counts;
    this.phrases = phrases;
    this.longest = longest;
  }

  static int left(long pair) {
    return (int) (pair >>> Integer.SIZE);
  }

  static int right(long pair) {
    return (int) pair;
  }

  @Override
  public boolean hasNext() {
    return next < held || fill();
  }

  @Override
  public Tuple2<Long, Long> next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    int first = next;
    while (next < held && pairs[next] == pairs[first]) {
      next++;
    }
    return new Tuple2<>(pairs[first], (long) next - first);
  }

  private boolean fill() {
    held = 0;
    next = 0;
    while (held < HELD) {
      if (place + 1 < ids.length) {
        int left = ids[place++];
        int right = ids[place];
        if (counts[left] > 0
            && counts[right] > 0
            && phrases.words(left) + phrases.words(right) <= longest) {
          pairs[held++] = (long) left << Integer.SIZE | right;
        }
      } else if (text.hasNext()) {
        ids = text.next();
        place = 0;
      } else {
        break;
      }
    }
    Arrays.sort(pairs, 0, held);
    return held > 0;
  }
}
