package io.chorale.jobs.embed;

import com.fasterxml.jackson.databind.JsonNode;
import io.chorale.embed.UnitVectors;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Vectors among which the nearest are looked for, and what they are of. */
public interface Searched extends AutoCloseable {
  /** All of them, by their places. */
  UnitVectors vectors();

  /** What one is of, in an answer: {@code word}. */
  String key();

  /** The vectors of queries; none of a query that has none. */
  List<Optional<float[]>> vectors(List<String> queries);

  /** Whether a query is itself what has the vector at a place, which is then no answer. */
  boolean same(String query, int place);

  /** What the vectors at some places are of. */
  Map<Integer, JsonNode> shown(Set<Integer> places);

  @Override
  void close();
}
