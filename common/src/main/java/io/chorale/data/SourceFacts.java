package io.chorale.data;

import io.chorale.config.Sources;
import java.io.Serializable;
import java.util.List;

/**
 * The manifest's entry for a source of the corpus.
 *
 * @param tags by which sources are grouped
 * @param weight how often an epoch of training goes through it; 0: it is left out
 * @param snapshot of the table that it was read from; empty where it was files
 */
public record SourceFacts(String name, List<String> tags, int weight, String snapshot)
    implements Serializable {
  /** Of a corpus with one source of which nothing was said. */
  public static final SourceFacts ONLY = new SourceFacts(Sources.ONLY, List.of(), 1, "");

  /** The same source as a later run tells it; of files it has no newer snapshot. */
  SourceFacts then(SourceFacts later) {
    return later.snapshot.isEmpty()
        ? new SourceFacts(name, later.tags, later.weight, snapshot)
        : later;
  }

  public SourceFacts {
    tags = List.copyOf(tags);
  }
}
