package io.chorale.token;

import io.chorale.token.RegexNode.Choice;
import io.chorale.token.RegexNode.Look;
import io.chorale.token.RegexNode.One;
import io.chorale.token.RegexNode.Repeat;
import io.chorale.token.RegexNode.Sequence;
import java.util.ArrayList;
import java.util.List;

/**
 * Decides whether a backtracking engine cuts any text with a regular expression in time that is
 * linear in the text; conservative: it may be where this cannot tell.
 *
 * <p>The pattern is taken apart into alternatives of single parts. In each, what comes before the
 * first endless repetition is short. Let a run be what that repetition takes. If nothing after it
 * can fail, the run is matched, and so is never looked at again. If something can, it must be short
 * up to the last part that can, so that going back costs a constant for each place in the run; and
 * a later alternative must take the whole run for sure, so that the next match begins behind it.
 * Between the two only alternatives are allowed that begin with the same repetition. So a run is
 * gone over a few times, by each alternative, and no more: {@code \s*\n|\s+(?!\S)|\s+} is linear,
 * {@code a+b} and {@code (a+)+} are not.
 */
final class LinearRegex {
  private static final int MOST_ALTERNATIVES = 1000;
  private static final long MOST_WAYS = 1000;
  private static final long LONGEST = 2000;

  /**
   * What matching costs.
   *
   * @param linear whether it is known to be linear
   * @param runs the single characters whose runs an engine may go back over
   * @param steps going back over a run, for each of its characters
   */
  record Cost(boolean linear, List<String> runs, long steps) {
    private static final Cost UNKNOWN = new Cost(false, List.of(), 0);
  }

  /**
   * An alternative.
   *
   * @param before source of what comes before the repetition
   * @param run source of the repeated character; empty where nothing is repeated without an end
   * @param sure whether it matches once it has its first characters, and then takes the run
   * @param steps going back, for each character of the run
   */
  private record Alternative(String before, String run, boolean sure, long steps) {}

  /** The pattern has a part whose cost is not known. */
  private static final class Unknown extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Unknown() {
      super(null, null, false, false);
    }
  }

  private LinearRegex() {}

  /** The cost of a pattern that {@link RegexReader} reads. */
  static Cost cost(RegexNode root) {
    if (root.looksFar()) {
      return Cost.UNKNOWN;
    }
    try {
      List<Alternative> all = flatten(root).stream().map(LinearRegex::alternative).toList();
      List<String> runs = new ArrayList<>();
      long steps = 0;
      for (int i = 0; i < all.size(); i++) {
        Alternative tried = all.get(i);
        if (!tried.run().isEmpty() && !tried.sure()) {
          if (!isCovered(tried, all.subList(i + 1, all.size()))) {
            return Cost.UNKNOWN;
          }
          runs.add(tried.run());
          steps += tried.steps();
        }
      }
      return new Cost(true, runs.stream().distinct().toList(), steps);
    } catch (Unknown e) {
      return Cost.UNKNOWN;
    }
  }

  private static boolean isCovered(Alternative tried, List<Alternative> later) {
    for (Alternative other : later) {
      if (!other.before().equals(tried.before()) || !other.run().equals(tried.run())) {
        return false;
      }
      if (other.sure()) {
        return true;
      }
    }
    return false;
  }

  private static Alternative alternative(List<RegexNode> items) {
    int first = 0;
    while (first < items.size() && items.get(first).width() != RegexNode.UNBOUNDED) {
      first++;
    }
    List<RegexNode> before = items.subList(0, first);
    long steps = checkShort(before);
    if (first == items.size()) {
      return new Alternative(before.toString(), "", true, 0);
    }
    Repeat loop = (Repeat) items.get(first);
    String run = ((One) loop.body()).source();
    if (run.equals("\\s") && !loop.lazy() && isNoWordNext(items.subList(first + 1, items.size()))) {
      return new Alternative(before.toString(), run, true, 0);
    }
    // What follows, as one character may and any number of them; the latter cannot fail.
    List<RegexNode> after = new ArrayList<>();
    for (RegexNode item : items.subList(first + 1, items.size())) {
      if (item instanceof Repeat repeat && repeat.most() == RegexNode.UNBOUNDED) {
        after.add(new Repeat(repeat.body(), repeat.least(), repeat.least(), false));
        after.add(new Repeat(repeat.body(), 0, RegexNode.UNBOUNDED, repeat.lazy()));
      } else {
        after.add(item);
      }
    }
    int last = after.size();
    while (last > 0 && cannotFail(after.get(last - 1))) {
      last--;
    }
    steps *= 1 + checkShort(after.subList(0, last));
    checkShort(after.subList(last, after.size()).stream().filter(LinearRegex::isShort).toList());
    boolean sure = last == 0 && !loop.lazy();
    return last == 0 && loop.lazy()
        ? new Alternative(before.toString(), "", true, 0) // takes the least that it can
        : new Alternative(before.toString(), run, sure, steps);
  }

  /** What the usual patterns say after {@code \s+}: it takes all white space but the last. */
  private static boolean isNoWordNext(List<RegexNode> after) {
    return after.size() == 1
        && after.get(0) instanceof Look look
        && look.source().equals("(?!\\S)");
  }

  private static boolean isShort(RegexNode item) {
    return item.width() != RegexNode.UNBOUNDED;
  }

  private static boolean cannotFail(RegexNode item) {
    return item instanceof Repeat repeat && repeat.least() == 0;
  }

  /** The ways to match parts that are short. */
  private static long checkShort(List<RegexNode> items) {
    RegexNode all = new Sequence(items);
    if (all.width() > LONGEST || all.ways() > MOST_WAYS) {
      throw new Unknown();
    }
    return all.ways();
  }

  /** Alternatives whose parts are short, or endless repetitions of one character. */
  private static List<List<RegexNode>> flatten(RegexNode node) {
    if (node.width() != RegexNode.UNBOUNDED) {
      if (node instanceof Choice choice) {
        return choice.alternatives().stream().map(List::of).toList();
      }
      return List.of(node instanceof Sequence sequence ? sequence.items() : List.of(node));
    }
    List<List<RegexNode>> all = new ArrayList<>();
    if (node instanceof Choice choice) {
      choice.alternatives().forEach(alternative -> all.addAll(flatten(alternative)));
    } else if (node instanceof Sequence sequence) {
      all.add(List.of());
      for (RegexNode item : sequence.items()) {
        List<List<RegexNode>> ends = isShort(item) ? List.of(List.of(item)) : flatten(item);
        List<List<RegexNode>> starts = List.copyOf(all);
        checkNumber(starts.size() * ends.size());
        all.clear();
        for (List<RegexNode> start : starts) {
          for (List<RegexNode> end : ends) {
            List<RegexNode> both = new ArrayList<>(start);
            both.addAll(end);
            all.add(both);
          }
        }
      }
    } else if (node instanceof Repeat repeat && repeat.body() instanceof One) {
      all.add(List.of(node));
    } else if (node instanceof Repeat repeat && repeat.least() == 0 && repeat.most() == 1) {
      if (repeat.lazy()) {
        all.add(List.of());
      }
      all.addAll(flatten(repeat.body()));
      if (!repeat.lazy()) {
        all.add(List.of());
      }
    } else {
      throw new Unknown();
    }
    checkNumber(all.size());
    return all;
  }

  private static void checkNumber(int alternatives) {
    if (alternatives > MOST_ALTERNATIVES) {
      throw new Unknown();
    }
  }
}
