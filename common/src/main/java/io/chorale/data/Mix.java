package io.chorale.data;

import io.chorale.config.DatasetSplit;
import io.chorale.config.Nearest;
import io.chorale.config.SettingsException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/**
 * An epoch of training as a mixture of sources: it goes through each shard as often as the weight
 * of its source says, in whole passes.
 *
 * <p>A pass over a shard has a number: shard {@code s} of {@code n} is {@code s} in the first one,
 * {@code n + s} in the second, and so on. So two workers that share a shard are told apart, and
 * where every weight is 1 passes are shards.
 */
public final class Mix {
  private final List<ShardFacts> shards;
  private final int[] passes;

  private Mix(List<ShardFacts> shards, int[] passes) {
    this.shards = shards;
    this.passes = passes;
  }

  /**
   * The mixture of a dataset's training split.
   *
   * @param weights by the names of sources, instead of those that the dataset has
   * @throws SettingsException where there is no such source, or nothing is left
   */
  public static Mix of(DatasetManifest manifest, Map<String, Integer> weights) {
    List<String> names = manifest.sources().stream().map(SourceFacts::name).toList();
    for (String name : weights.keySet()) {
      if (!names.contains(name)) {
        throw new SettingsException(
            "train.mix must name sources of the dataset (got: %s). The nearest one is %s."
                .formatted(name, Nearest.of(name, names)));
      }
    }
    List<ShardFacts> shards = manifest.split(DatasetSplit.TRAIN).shards();
    int[] times =
        shards.stream()
            .mapToInt(
                shard -> {
                  int own = manifest.source(shard.source()).weight();
                  return weights.getOrDefault(shard.source(), own);
                })
            .toArray();
    int most = Arrays.stream(times).max().orElse(0);
    int[] passes =
        IntStream.range(0, Math.multiplyExact(most, shards.size()))
            .filter(pass -> pass / shards.size() < times[pass % shards.size()])
            .toArray();
    if (passes.length == 0) {
      throw new SettingsException(
          "Cannot train on the dataset: every source in its training split has the weight 0, expected one above it. Set train.mix.");
    }
    return new Mix(shards, passes);
  }

  /** The shard of each pass of an epoch. */
  public List<ShardFacts> epoch() {
    return Arrays.stream(passes).mapToObj(this::shard).toList();
  }

  /** The shard of a pass. */
  public ShardFacts shard(int pass) {
    return shards.get(pass % shards.size());
  }

  /**
   * Deals the passes of an epoch to workers; see {@link ShardPlan#assign}.
   *
   * @param size of a shard, at least 1
   * @return the passes of each worker, ascending
   */
  public int[][] deal(long seed, int workers, ToLongFunction<ShardFacts> size) {
    long[] sizes = Arrays.stream(passes).mapToLong(pass -> size.applyAsLong(shard(pass))).toArray();
    int[][] places = ShardPlan.assign(seed, workers, sizes);
    for (int[] own : places) {
      Arrays.setAll(own, i -> passes[own[i]]);
    }
    return places;
  }

  /** Passes of an epoch. */
  public int size() {
    return passes.length;
  }
}
