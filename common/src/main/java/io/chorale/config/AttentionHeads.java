package io.chorale.config;

/**
 * The heads of an attention. Several heads of queries share one of keys and values where there are
 * fewer of those: grouped queries (Ainslie et al., arXiv 2305.13245).
 *
 * @param count heads of queries: H
 * @param shared heads of keys and values: K, which divides H
 * @param size units of a head: D
 */
public record AttentionHeads(int count, int shared, int size) {
  /** Units of all queries: H x D. */
  public int queries() {
    return Math.multiplyExact(count, size);
  }

  /** Units of all keys, and of all values: K x D. */
  public int keys() {
    return Math.multiplyExact(shared, size);
  }

  /** Units of queries, keys and values side by side. */
  public int together() {
    return Math.addExact(queries(), Math.multiplyExact(2, keys()));
  }

  /** How many heads of queries share one of keys. */
  public int group() {
    return count / shared;
  }
}
