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

  public SourceFacts {
    tags = List.copyOf(tags);
  }
}
