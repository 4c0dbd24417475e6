package io.chorale.task;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Sequences of some elements that follow each other, and how often each occurs. */
final class NGrams {
  private final Map<List<String>, Integer> occurrences = new HashMap<>();
  private final int total;

  /**
   * @param n length of the sequences
   */
  NGrams(List<String> elements, int n) {
    total = Math.max(0, elements.size() - n + 1);
    for (int i = 0; i < total; i++) {
      occurrences.merge(elements.subList(i, i + n), 1, Integer::sum);
    }
  }

  /** How many there are, each as often as it occurs. */
  int total() {
    return total;
  }

  /** How many of these are among others, each at most as often as it occurs there. */
  int in(NGrams others) {
    int matches = 0;
    for (Map.Entry<List<String>, Integer> entry : occurrences.entrySet()) {
      matches += Math.min(entry.getValue(), others.occurrences.getOrDefault(entry.getKey(), 0));
    }
    return matches;
  }
}
