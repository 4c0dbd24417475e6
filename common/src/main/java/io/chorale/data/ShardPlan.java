package io.chorale.data;

import io.chorale.config.SettingsException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Assigns shards to workers: fixed for a run, a function of the seed and the shard sizes. */
public final class ShardPlan {
  private static final long SEED = 0x706c616eL;

  private ShardPlan() {}

  /**
   * Deals all shards to workers, each to one. The longest shard goes first, each to the worker with
   * the least so far (Graham's rule: no worker has more than 4/3 of the best possible largest
   * load); among equally long ones the seed decides.
   *
   * @param sizes of each shard, at least 1: its tokens, or what else a feed weighs it by
   * @return the shards of each worker, ascending; every worker has at least one
   * @throws SettingsException where there are more workers than shards
   */
  public static int[][] assign(long seed, int workers, long[] sizes) {
    if (workers > sizes.length) {
      throw new SettingsException(
          "Cannot train with %d workers: the training split has %d shards, expected at least one a worker. Lower train.workers, or tokenize again with data.shards of at least %d."
              .formatted(workers, sizes.length, workers));
    }
    List<Integer> order = new ArrayList<>();
    for (int shard : Shuffle.of(sizes.length, SEED, seed)) {
      order.add(shard);
    }
    order.sort(Comparator.comparing(shard -> -sizes[shard]));
    List<List<Integer>> owned = new ArrayList<>();
    for (int worker = 0; worker < workers; worker++) {
      owned.add(new ArrayList<>());
    }
    long[] load = new long[workers];
    for (int shard : order) {
      int lightest = 0;
      for (int worker = 1; worker < workers; worker++) {
        if (load[worker] < load[lightest]) {
          lightest = worker;
        }
      }
      load[lightest] += sizes[shard];
      owned.get(lightest).add(shard);
    }
    int[][] plan = new int[workers][];
    for (int worker = 0; worker < workers; worker++) {
      plan[worker] = owned.get(worker).stream().mapToInt(Integer::intValue).toArray();
      Arrays.sort(plan[worker]);
    }
    return plan;
  }
}
