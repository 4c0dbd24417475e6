package io.chorale.config;

/** The settings of a search for vectors; {@code reference.yaml} explains each key. */
public record QuerySettings(int neighbours, long indexAbove, String index, double recall) {
  public QuerySettings {
    Check.atLeast("query.neighbours", neighbours, 1);
    Check.atLeast("query.index-above", indexAbove, 0);
    Check.that(recall > 0 && recall <= 1, "query.recall", "a share above 0 and at most 1", recall);
  }

  /** Whether so many vectors are searched by an index. */
  public boolean indexes(long vectors) {
    return indexAbove > 0 && vectors > indexAbove;
  }
}
