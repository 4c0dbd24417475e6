package io.chorale.jobs.tokenize;

import io.chorale.config.DuplicatesSettings;
import io.chorale.data.SourceFacts;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Groups the sources within which copies are looked for. Sources that share a tag are one group,
 * and so are groups that have a source in common: else a document could be a copy of two that are
 * no copies of each other.
 */
final class CopyScopes {
  private CopyScopes() {}

  /** The number of the group of each source, in their order; equal ones are of one group. */
  static List<Integer> of(DuplicatesSettings.Scope scope, List<SourceFacts> sources) {
    List<Integer> groups = new ArrayList<>(IntStream.range(0, sources.size()).boxed().toList());
    for (int one = 0; one < sources.size(); one++) {
      for (int other = 0; other < one; other++) {
        if (together(scope, sources.get(one), sources.get(other))) {
          Collections.replaceAll(groups, groups.get(one), groups.get(other));
        }
      }
    }
    return List.copyOf(groups);
  }

  private static boolean together(
      DuplicatesSettings.Scope scope, SourceFacts one, SourceFacts other) {
    return switch (scope) {
      case ALL -> true;
      case SOURCE -> one.name().equals(other.name());
      case TAG ->
          one.name().equals(other.name()) || !Collections.disjoint(one.tags(), other.tags());
    };
  }
}
