package io.chorale.data;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * The shards of a worker one after the other, in an order that each epoch has of its own, as one
 * sequence of tokens or rows. Only those of one stretch are held at a time.
 *
 * @param <T> what is held of a shard
 */
final class ShardSequence<T> {
  private static final long SEED = 1;

  private final IntFunction<T> loader;
  private final int[] shards;
  private final long[] sizes;
  private final long seed;
  private final long size;

  private int[] order = {};
  private long[] ends = {};
  private final Map<Integer, T> held = new HashMap<>();

  /**
   * @param loader reads a shard, by its index in the split
   * @param shards of this worker: passes over them, as {@link Mix} counts them
   * @param sizes of every shard of the split: its tokens, or its rows
   */
  ShardSequence(IntFunction<T> loader, int[] shards, long[] sizes, long seed) {
    this.loader = loader;
    this.shards = shards.clone();
    this.sizes = sizes.clone();
    this.seed = seed;
    this.size = Arrays.stream(shards).mapToLong(pass -> sizes[shardOf(pass)]).sum();
  }

  private int shardOf(int pass) {
    return pass % sizes.length;
  }

  /** Of all shards of the worker. */
  long size() {
    return size;
  }

  /** The first pass of the worker: what tells its pseudo-random numbers from another worker's. */
  int first() {
    return shards[0];
  }

  /** Puts the shards in the order of an epoch. */
  void enter(long epoch) {
    int[] shuffled = Shuffle.of(shards.length, SEED, seed, first(), epoch);
    order = Arrays.stream(shuffled).map(i -> shards[i]).toArray();
    ends = new long[order.length];
    long end = 0;
    for (int i = 0; i < order.length; i++) {
      end += sizes[shardOf(order[i])];
      ends[i] = end;
    }
  }

  /** Holds the shards between two places of the sequence, both included, and no others. */
  void hold(long from, long to) {
    List<Integer> wanted =
        Arrays.stream(order, position(from), position(to) + 1)
            .map(this::shardOf)
            .distinct()
            .boxed()
            .toList();
    // First, so that there is never room needed for two stretches.
    held.keySet().retainAll(wanted);
    wanted.forEach(shard -> held.computeIfAbsent(shard, loader::apply));
  }

  /** Which shard, counted in this epoch's order, holds a place of the sequence. */
  int position(long place) {
    int found = Arrays.binarySearch(ends, place);
    return found < 0 ? -found - 1 : found + 1;
  }

  /** The shard at a position; it must be held. */
  T shard(int position) {
    return held.get(shardOf(order[position]));
  }

  /** Which pass over a shard of the split is at a position. */
  int number(int position) {
    return order[position];
  }

  /** The place at which the shard at a position begins. */
  long begin(int position) {
    return ends[position] - sizes[shardOf(order[position])];
  }
}
