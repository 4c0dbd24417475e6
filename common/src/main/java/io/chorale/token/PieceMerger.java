package io.chorale.token;

import java.util.Arrays;

/**
 * Encodes one piece by byte-pair encoding: the merge of the lowest rank goes first, of equal ones
 * the leftmost, as in Hugging Face's tokenizers.
 *
 * <p>Tokens lie in a row of bytes, as in {@link Pieces}: the first and the last byte of a token
 * hold its id, so the neighbours of a token are found from the lengths of tokens alone. A heap
 * holds the merges that are possible, by rank and place; one that an earlier merge has made
 * impossible is found out when its turn comes. Takes O(n log n) time for n bytes, and at most 20 n
 * bytes of memory, which later pieces use again. Not for use by several threads.
 */
final class PieceMerger {
  private static final int INSIDE = -1;

  private final Merges merges;
  private int[] tokens = new int[64];
  private int length;
  private long[] heap = new long[64]; // rank, then place
  private int size;

  PieceMerger(Merges merges) {
    this.merges = merges;
  }

  /**
   * Writes the ids of a piece behind others.
   *
   * @param bytes in which it is, from one place up to another
   * @param ids with room for as many as the piece has bytes
   * @param at where the first one goes
   * @return how many there are
   */
  int merge(byte[] bytes, int from, int to, int[] ids, int at) {
    length = to - from;
    if (tokens.length < length) {
      tokens = new int[length];
    }
    for (int i = 0; i < length; i++) {
      tokens[i] = merges.ofByte(bytes[from + i]);
    }
    for (int i = 0; i + 1 < length; i++) {
      push(i, tokens[i], tokens[i + 1]);
    }
    while (size > 0) {
      long first = pop();
      join((int) (first >>> 32), (int) first);
    }
    int count = 0;
    for (int i = 0; i < length; i += merges.length(tokens[i])) {
      ids[at + count++] = tokens[i];
    }
    return count;
  }

  private void join(int rank, int start) {
    int middle = start + merges.length(merges.left(rank));
    if (tokens[start] != merges.left(rank)
        || middle >= length
        || tokens[middle] != merges.right(rank)) {
      return; // one of the two has gone into another token
    }
    int end = middle + merges.length(merges.right(rank));
    int product = merges.product(rank);
    tokens[middle - 1] = INSIDE;
    tokens[middle] = INSIDE;
    tokens[start] = product;
    tokens[end - 1] = product;
    if (start > 0) {
      int before = tokens[start - 1];
      push(start - merges.length(before), before, product);
    }
    if (end < length) {
      push(start, product, tokens[end]);
    }
  }

  private void push(int place, int left, int right) {
    int rank = merges.rank(left, right);
    if (rank == Merges.NONE) {
      return;
    }
    if (size == heap.length) {
      heap = Arrays.copyOf(heap, 2 * size);
    }
    long item = (long) rank << 32 | place;
    int at = size++;
    while (at > 0 && heap[(at - 1) / 2] > item) {
      heap[at] = heap[(at - 1) / 2];
      at = (at - 1) / 2;
    }
    heap[at] = item;
  }

  private long pop() {
    long first = heap[0];
    long item = heap[--size];
    int at = 0;
    for (int child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && heap[child + 1] < heap[child]) {
        child++;
      }
      if (heap[child] >= item) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = item;
    return first;
  }
}
