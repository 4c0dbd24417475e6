package io.chorale.data;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * A part of a split, for a task to evaluate.
 *
 * @param shard its index in the split
 * @param from first unit of the shard: blocks, lanes or rows, as the {@link Feed} has it
 * @param to the unit after the last
 */
public record Part(int shard, int from, int to) implements Serializable {
  /** Tokens of a part of a shard with rows of any length, about. */
  private static final long TOKENS = 1 << 15;

  /**
   * The parts of shards that are read row by row, of about as many tokens each.
   *
   * @param tokens of a shard
   */
  static List<Part> ofRows(List<ShardFacts> shards, ToLongFunction<ShardFacts> tokens) {
    List<Part> parts = new ArrayList<>();
    for (int shard = 0; shard < shards.size(); shard++) {
      ShardFacts facts = shards.get(shard);
      int most = (int) Math.max(1, TOKENS * facts.rows() / tokens.applyAsLong(facts));
      cut(parts, shard, Math.toIntExact(facts.rows()), most);
    }
    return parts;
  }

  /** Adds the parts of a shard with that many units, of which a part has at most some. */
  static void cut(List<Part> parts, int shard, int units, int most) {
    for (int from = 0; from < units; from += most) {
      parts.add(new Part(shard, from, Math.min(units, from + most)));
    }
  }
}
