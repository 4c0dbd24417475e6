package io.chorale.token;

/**
 * Learns the merges of byte-pair encoding: again and again, the two adjacent tokens that occur most
 * often together become one.
 *
 * <p>Occurrences are counted with overlap ({@code aaa} has two pairs) and merged from the left. Of
 * pairs that occur equally often the one with the smaller left id wins, then the one with the
 * smaller right id. So the merges depend on the counts alone.
 *
 * <p>An index knows where every pair occurs, and a heap which occurs most often, so that a merge
 * costs time in proportion to the places that it changes. All of it is O(n log n) for n bytes of
 * distinct pre-tokens (the logarithm for the heap, and for sorting the places of a pair), and takes
 * about 16 to 24 n bytes of memory.
 */
final class MergeLearner {
  private final Pieces pieces;
  private final PairIndex pairs = new PairIndex();
  private final PairHeap heap = new PairHeap(pairs);
  private final int[] lengths; // bytes of each token
  private int[] places = new int[1024];
  private int best = -1;

  /**
   * Counts the pairs of bytes.
   *
   * @param pieces the pre-tokens; merging changes them
   * @param vocabulary one more than the largest id that a token will have
   */
  MergeLearner(Pieces pieces, int vocabulary) {
    this.pieces = pieces;
    this.lengths = new int[vocabulary];
    for (int position = 1; position < pieces.size(); position++) {
      int right = pieces.symbol(position);
      if (right == Pieces.BORDER) {
        continue;
      }
      lengths[right] = 1;
      int left = pieces.symbol(position - 1);
      if (left != Pieces.BORDER) {
        pairs.add(left, right, pieces.count(position), position - 1);
      }
    }
    pushFrom(0);
  }

  /** Finds the most frequent pair, which is then not found again; false where none is left. */
  boolean next() {
    best = heap.pop();
    return best >= 0;
  }

  /** The left token of the pair that was found. */
  int left() {
    return pairs.left(best);
  }

  /** The right token of the pair that was found. */
  int right() {
    return pairs.right(best);
  }

  /** Makes a token of the pair that was found, wherever it occurs. */
  void merge(int id) {
    int left = left();
    int right = right();
    lengths[id] = lengths[left] + lengths[right];
    int firstNew = pairs.size();
    places = pairs.take(best, places);
    int count = pairs.taken();
    for (int i = 0; i < count; i++) {
      int start = places[i];
      int middle = start + lengths[left];
      // A place is out of date where an earlier merge has used one of its tokens.
      if (pieces.symbol(start) == left && pieces.symbol(middle) == right) {
        join(start, middle, id);
      }
    }
    pushFrom(firstNew);
  }

  private void join(int start, int middle, int id) {
    int left = pieces.symbol(start);
    int right = pieces.symbol(middle);
    int end = middle + lengths[right];
    long count = pieces.count(start);
    int before = pieces.symbol(start - 1);
    if (before != Pieces.BORDER) {
      pairs.subtract(before, left, count);
      pairs.add(before, id, count, start - lengths[before]);
    }
    int after = pieces.symbol(end);
    if (after != Pieces.BORDER) {
      pairs.subtract(right, after, count);
      pairs.add(id, after, count, start);
    }
    pieces.join(start, middle, end, id);
  }

  /** Only pairs with the newest token ever gain occurrences: each is pushed once, when complete. */
  private void pushFrom(int pair) {
    for (int p = pair; p < pairs.size(); p++) {
      heap.push(p);
    }
  }
}
