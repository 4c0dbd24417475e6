package io.chorale.jobs.embed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.chorale.embed.UnitVectors;
import io.chorale.vectors.WordVectors;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Words, which are asked for by words: as they stand, else in lower case, else by n-grams. */
public final class SearchedWords implements Searched {
  private final WordVectors words;
  private final UnitVectors vectors;

  /** The words of these vectors. Memory: a copy of the vectors. */
  public SearchedWords(WordVectors words) {
    this.words = words;
    this.vectors = UnitVectors.of(words.words().size(), words.size(), words::copy);
  }

  @Override
  public UnitVectors vectors() {
    return vectors;
  }

  @Override
  public String key() {
    return "word";
  }

  private OptionalInt find(String query) {
    OptionalInt place = words.find(query);
    return place.isPresent() ? place : words.find(query.toLowerCase(Locale.ROOT));
  }

  @Override
  public List<Optional<float[]>> vectors(List<String> queries) {
    return queries.stream()
        .map(
            query -> {
              OptionalInt place = find(query);
              return place.isPresent()
                  ? Optional.of(vectors.vector(place.getAsInt()))
                  : words.vector(query);
            })
        .toList();
  }

  @Override
  public boolean same(String query, int place) {
    return find(query).equals(OptionalInt.of(place));
  }

  @Override
  public Map<Integer, JsonNode> shown(Set<Integer> places) {
    return places.stream()
        .collect(
            Collectors.toMap(
                Function.identity(), place -> TextNode.valueOf(words.words().get(place))));
  }

  @Override
  public void close() {}
}
