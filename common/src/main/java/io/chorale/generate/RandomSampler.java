package io.chorale.generate;

import io.chorale.random.SplitMix64;
import java.util.Arrays;

/**
 * Draws from the distribution of the logits, divided by a temperature and cut to its likeliest
 * part: first the k likeliest ids, then, of these, the fewest that together reach the probability p
 * (nucleus sampling; Holtzman et al., 2020). At least one id always remains; of equally likely ones
 * the lower come first.
 *
 * <p>Cost: O(V) without a cut, O(V log V) with one.
 */
final class RandomSampler implements Sampler {
  private final double temperature;
  private final int topK;
  private final double topP;
  private final SplitMix64 random;

  /**
   * @param temperature above 0
   * @param topK 0 keeps all
   * @param topP above 0; 1 keeps all
   */
  RandomSampler(double temperature, int topK, double topP, long seed) {
    this.temperature = temperature;
    this.topK = topK;
    this.topP = topP;
    this.random = new SplitMix64(seed);
  }

  @Override
  public int next(float[] logits) {
    boolean cut = topK > 0 || topP < 1;
    int[] ids = cut ? likeliestFirst(logits) : null;
    int count = topK > 0 ? Math.min(topK, logits.length) : logits.length;
    double greatest = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      greatest = Math.max(greatest, logit);
    }
    double[] sums = new double[count]; // of the weights up to each candidate
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += StrictMath.exp((logits[cut ? ids[i] : i] - greatest) / temperature);
      sums[i] = sum;
    }
    if (topP < 1) {
      count = firstAbove(sums, count, topP * sum, true) + 1;
      sum = sums[count - 1];
    }
    int chosen = firstAbove(sums, count, random.nextDouble() * sum, false);
    return cut ? ids[chosen] : chosen;
  }

  /** The first index whose sum is above the limit, or reaches it; the last one if none does. */
  private static int firstAbove(double[] sums, int count, double limit, boolean orEqual) {
    int i = 0;
    while (i < count - 1 && (orEqual ? sums[i] < limit : sums[i] <= limit)) {
      i++;
    }
    return i;
  }

  private static int[] likeliestFirst(float[] logits) {
    long[] keys = new long[logits.length];
    for (int id = 0; id < keys.length; id++) {
      int bits = Float.floatToIntBits(logits[id]);
      // As an integer, this falls where the float rises.
      int falling = bits >= 0 ? ~bits : bits & Integer.MAX_VALUE;
      keys[id] = (long) falling << 32 | id;
    }
    Arrays.sort(keys);
    int[] ids = new int[keys.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = (int) keys[i];
    }
    return ids;
  }
}
