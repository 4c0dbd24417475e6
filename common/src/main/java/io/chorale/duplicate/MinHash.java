package io.chorale.duplicate;

import io.chorale.random.SplitMix64;
import java.util.Arrays;
import java.util.Optional;

/**
 * MinHash (Broder, "On the resemblance and containment of documents", 1997): the signature of a
 * text has, for each of a family of hash functions, the least hash of its word n-grams. Two texts
 * agree in a hash with the probability of their Jaccard similarity, the share of n-grams that they
 * have in common among all that they have.
 *
 * <p>The family is h(x) = (a x + b) mod (2^61 - 1), computed exactly, so that any two hashes are
 * independent; the n-grams are hashed to 64 bits before, of which 61 count. O(n-grams × hashes)
 * time, constant memory. Functions go outside, a block of n-grams inside: what the inner loop reads
 * stays in the first cache.
 *
 * <p>Not for several threads at once.
 */
public final class MinHash {
  /** Of the family: signatures of another one cannot be compared. */
  public static final long SEED = 1;

  private static final int BLOCK = 256;

  private final Shingles shingles;
  private final long[] block = new long[BLOCK];
  private final long[] factors;
  private final long[] addends;

  /**
   * A family of functions: the same for the same numbers, everywhere and always.
   *
   * @param words of an n-gram, at least 1
   * @param hashes of a signature, at least 1; a longer signature begins with the shorter ones
   */
  public MinHash(int words, int hashes) {
    shingles = new Shingles(words);
    factors = new long[hashes];
    addends = new long[hashes];
    SplitMix64 random = new SplitMix64(SEED);
    for (int i = 0; i < hashes; i++) {
      factors[i] = 1 + random.below(Mersenne61.PRIME - 1);
      addends[i] = random.below(Mersenne61.PRIME);
    }
  }

  /** The signature of a text; none where it has fewer words than an n-gram. */
  public Optional<Signature> sign(String text) {
    shingles.begin(text);
    int count = shingles.next(block);
    if (count == 0) {
      return Optional.empty();
    }
    long[] least = new long[factors.length];
    Arrays.fill(least, Long.MAX_VALUE);
    for (; count > 0; count = shingles.next(block)) {
      for (int i = 0; i < count; i++) {
        block[i] = Mersenne61.residue(block[i]);
      }
      for (int i = 0; i < least.length; i++) {
        least[i] = Math.min(least[i], least(factors[i], addends[i], count));
      }
    }
    return Optional.of(new Signature(least));
  }

  /** The least hash of the block by one function. */
  private long least(long factor, long addend, int count) {
    long[] shingled = block;
    long least = Long.MAX_VALUE;
    for (int i = 0; i < count; i++) {
      least = Math.min(least, Mersenne61.multiplyAdd(factor, shingled[i], addend));
    }
    return least;
  }
}
