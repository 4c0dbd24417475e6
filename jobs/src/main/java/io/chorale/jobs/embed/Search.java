package io.chorale.jobs.embed;

import com.fasterxml.jackson.databind.JsonNode;
import io.chorale.config.QuerySettings;
import io.chorale.config.SettingsException;
import io.chorale.embed.ExactNeighbours;
import io.chorale.embed.Neighbours;
import io.chorale.io.TemporaryDirectory;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Answers queries by the nearest vectors: comparing all of them, or through an {@linkplain
 * HnswIndex index} where there are more than the settings say.
 */
public final class Search implements AutoCloseable {
  private final Searched searched;
  private final QuerySettings settings;
  private final Neighbours neighbours;
  private final Optional<HnswIndex> index;

  /** Of an index that nobody asked to keep. */
  private final Optional<TemporaryDirectory> temporary;

  /**
   * What was found.
   *
   * @param shown what has the vector
   */
  public record Found(float cosine, JsonNode shown) {}

  /**
   * An answer.
   *
   * @param found the nearest first; nothing where the query has no vector
   */
  public record Answer(String query, Optional<List<Found>> found) {}

  /**
   * A search.
   *
   * @param searched stays the caller's to close
   * @param say prints a line about the index
   */
  public Search(Searched searched, QuerySettings settings, Consumer<String> say) {
    this.searched = searched;
    this.settings = settings;
    int count = searched.vectors().count();
    boolean indexed = settings.indexes(count) && searched.vectors().size() <= HnswIndex.LONGEST;
    this.temporary =
        indexed && settings.index().isEmpty()
            ? Optional.of(TemporaryDirectory.create("query.index"))
            : Optional.empty();
    this.index =
        indexed
            ? Optional.of(
                HnswIndex.open(
                    temporary.map(TemporaryDirectory::path).orElseGet(() -> path(settings.index())),
                    searched.vectors(),
                    settings.recall(),
                    say))
            : Optional.empty();
    this.neighbours =
        index.map(Neighbours.class::cast).orElse(new ExactNeighbours(searched.vectors()));
  }

  private static Path path(String index) {
    try {
      return Path.of(index);
    } catch (InvalidPathException e) {
      throw new SettingsException(
          "query.index must be a directory on a local disk (got: %s)".formatted(index), e);
    }
  }

  /** Answers in the order of the queries; together they take less time than one by one. */
  public List<Answer> answer(List<String> queries) {
    List<Optional<float[]>> vectors = searched.vectors(queries);
    float[][] known = vectors.stream().flatMap(Optional::stream).toArray(float[][]::new);
    // One more, since the query itself may be among them.
    List<List<Neighbours.Hit>> hits = neighbours.search(known, settings.neighbours() + 1);
    List<Optional<List<Neighbours.Hit>>> all = new ArrayList<>();
    int next = 0;
    for (int i = 0; i < queries.size(); i++) {
      String query = queries.get(i);
      all.add(
          vectors.get(i).isEmpty() ? Optional.empty() : Optional.of(others(query, hits.get(next))));
      next += vectors.get(i).isEmpty() ? 0 : 1;
    }
    Set<Integer> places =
        all.stream()
            .flatMap(Optional::stream)
            .flatMap(List::stream)
            .map(Neighbours.Hit::place)
            .collect(Collectors.toSet());
    Map<Integer, JsonNode> shown = searched.shown(places);
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < queries.size(); i++) {
      Optional<List<Found>> found =
          all.get(i)
              .map(
                  of ->
                      of.stream()
                          .map(hit -> new Found(hit.cosine(), shown.get(hit.place())))
                          .toList());
      answers.add(new Answer(queries.get(i), found));
    }
    return answers;
  }

  private List<Neighbours.Hit> others(String query, List<Neighbours.Hit> hits) {
    return hits.stream()
        .filter(hit -> !searched.same(query, hit.place()))
        .limit(settings.neighbours())
        .toList();
  }

  @Override
  public void close() {
    index.ifPresent(HnswIndex::close);
    temporary.ifPresent(TemporaryDirectory::close);
  }
}
