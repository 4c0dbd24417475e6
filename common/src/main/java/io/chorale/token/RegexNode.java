package io.chorale.token;

import java.util.List;

/** A regular expression as a tree, as far as the time of matching depends on it. */
sealed interface RegexNode {

  /** No limit to a repetition. */
  int UNBOUNDED = Integer.MAX_VALUE;

  /**
   * One character: a literal, a class or an escape.
   *
   * @param source as the pattern has it
   */
  record One(String source) implements RegexNode {}

  /** A place in the text: an anchor or a border. */
  record Place(String source) implements RegexNode {}

  /** A look ahead or behind. */
  record Look(RegexNode body, String source) implements RegexNode {}

  /** One part after the other. */
  record Sequence(List<RegexNode> items) implements RegexNode {}

  /** One of some alternatives, the first that leads to a match. */
  record Choice(List<RegexNode> alternatives) implements RegexNode {}

  /**
   * A repetition.
   *
   * @param most {@link #UNBOUNDED} where there is no limit
   * @param lazy whether it takes as few as it can
   */
  record Repeat(RegexNode body, int least, int most, boolean lazy) implements RegexNode {}

  /** Whether it can match empty text, or looks at the text beside it alone. */
  default boolean nullable() {
    if (this instanceof One) {
      return false;
    } else if (this instanceof Sequence sequence) {
      return sequence.items().stream().allMatch(RegexNode::nullable);
    } else if (this instanceof Choice choice) {
      return choice.alternatives().stream().anyMatch(RegexNode::nullable);
    } else if (this instanceof Repeat repeat) {
      return repeat.least() == 0 || repeat.body().nullable();
    }
    return true;
  }

  /** The characters of the longest match. */
  default long width() {
    if (this instanceof One) {
      return 1;
    } else if (this instanceof Sequence sequence) {
      return bounded(sequence.items().stream().mapToLong(RegexNode::width).sum());
    } else if (this instanceof Choice choice) {
      return choice.alternatives().stream().mapToLong(RegexNode::width).max().orElse(0);
    } else if (this instanceof Repeat repeat) {
      return repeat.most() == UNBOUNDED
          ? UNBOUNDED
          : bounded(repeat.most() * repeat.body().width());
    }
    return 0;
  }

  /** A bound for the ways in which it can match at one place; none for an endless repetition. */
  default long ways() {
    if (this instanceof Look look) {
      return look.body().ways();
    } else if (this instanceof Sequence sequence) {
      long ways = 1;
      for (RegexNode item : sequence.items()) {
        ways = bounded(ways * item.ways());
      }
      return ways;
    } else if (this instanceof Choice choice) {
      return bounded(choice.alternatives().stream().mapToLong(RegexNode::ways).sum());
    } else if (this instanceof Repeat repeat && repeat.most() == UNBOUNDED) {
      return UNBOUNDED;
    } else if (this instanceof Repeat repeat) {
      long body = repeat.body().ways();
      long power = 1;
      long ways = 0;
      for (int count = 0; count <= repeat.most() && ways < UNBOUNDED; count++) {
        ways = bounded(ways + (count >= repeat.least() ? power : 0));
        power = bounded(power * body);
      }
      return ways;
    }
    return 1;
  }

  /** Whether it looks ahead or behind without a limit. */
  default boolean looksFar() {
    if (this instanceof Look look) {
      return look.body().width() == UNBOUNDED || look.body().looksFar();
    } else if (this instanceof Sequence sequence) {
      return sequence.items().stream().anyMatch(RegexNode::looksFar);
    } else if (this instanceof Choice choice) {
      return choice.alternatives().stream().anyMatch(RegexNode::looksFar);
    }
    return this instanceof Repeat repeat && repeat.body().looksFar();
  }

  private static long bounded(long value) {
    return Math.min(value, UNBOUNDED);
  }
}
