package io.chorale.data;

import java.util.Arrays;
import java.util.Optional;

/**
 * The tokens of a shard as what a language model predicts: all of them, or those that are answers.
 *
 * @param answers of each token 1 where it is one; empty where all count
 */
record Targets(Tokens tokens, Optional<Tokens> answers) {
  /**
   * Those of a shard.
   *
   * @param column of the tokens
   * @param answers the column that says which count; empty where all do
   */
  static Targets of(Shard shard, String column, String answers) {
    return new Targets(
        shard.tokens(column),
        answers.isEmpty() ? Optional.empty() : Optional.of(shard.tokens(answers)));
  }

  int length() {
    return tokens.length();
  }

  /** Copies tokens, with {@link Batch#IGNORED} for those that do not count; how many do. */
  int copy(int from, int[] into, int at, int count) {
    tokens.copy(from, into, at, count);
    if (answers.isEmpty()) {
      return count;
    }
    int counted = 0;
    for (int i = 0; i < count; i++) {
      if (answers.get().get(from + i) == 0) {
        into[at + i] = Batch.IGNORED;
      } else {
        counted++;
      }
    }
    return counted;
  }

  /** How many of some targets count. */
  static long counted(int[] targets) {
    return Arrays.stream(targets).filter(target -> target != Batch.IGNORED).count();
  }
}
