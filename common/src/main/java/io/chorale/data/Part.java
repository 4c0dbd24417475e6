package io.chorale.data;

import java.io.Serializable;
import java.util.List;

/**
 * A part of a split, for a task to evaluate.
 *
 * @param shard its index in the split
 * @param from first unit of the shard: blocks, lanes or rows, as the {@link Feed} has it
 * @param to the unit after the last
 */
public record Part(int shard, int from, int to) implements Serializable {
  /** Adds the parts of a shard with that many units, of which a part has at most some. */
  static void cut(List<Part> parts, int shard, int units, int most) {
    for (int from = 0; from < units; from += most) {
      parts.add(new Part(shard, from, Math.min(units, from + most)));
    }
  }
}
