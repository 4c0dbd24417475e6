package io.chorale.data;

import io.chorale.config.SettingsException;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The columns of a dataset, and the facts of those that have any: what a model must know of its
 * data, and what a run keeps of them.
 *
 * @param columns in the order of the dataset, at least one
 * @param facts by the name of the column
 */
public record Schema(List<Column> columns, Map<String, Facts> facts) {
  public Schema {
    columns = List.copyOf(columns);
    Map<String, Facts> ordered = new LinkedHashMap<>();
    for (Column column : columns) {
      Facts known = facts.get(column.name());
      if (known != null) {
        known.check(column);
        ordered.put(column.name(), known);
      }
    }
    Set<String> names = columns.stream().map(Column::name).collect(Collectors.toSet());
    if (columns.isEmpty() || names.size() != columns.size() || !names.containsAll(facts.keySet())) {
      throw new IllegalArgumentException(
          "columns must differ, and facts must be of them (got: %s, and facts of %s)"
              .formatted(columns, facts.keySet()));
    }
    facts = Collections.unmodifiableMap(ordered);
    Set<String> shared = new HashSet<>();
    facts.forEach((name, known) -> shared.add(name.equals(Column.TARGET) ? "" : known.tokenizer()));
    shared.remove("");
    if (shared.size() > 1) {
      throw new IllegalArgumentException(
          "columns of text must share a tokenizer, all but the target (got: " + shared + ")");
    }
  }

  /**
   * Text alone, as language models read it.
   *
   * @param vocabulary entries of the tokenizer's vocabulary
   * @param tokenizer SHA-256 of {@code tokenizer.json}
   */
  public static Schema text(int vocabulary, String tokenizer) {
    return new Schema(
        List.of(Column.ids(Column.TEXT, vocabulary)),
        Map.of(Column.TEXT, Facts.tokenizer(tokenizer)));
  }

  /** The column of that name, where there is one. */
  public Optional<Column> find(String name) {
    return columns.stream().filter(column -> column.name().equals(name)).findFirst();
  }

  /**
   * The column of that name.
   *
   * @throws IllegalArgumentException where there is none: {@link #require} tells a user so
   */
  public Column column(String name) {
    return find(name).orElseThrow(() -> new IllegalArgumentException("there is no column " + name));
  }

  /**
   * The column of that name, which must be of that kind.
   *
   * @param holder what has this schema, for the message: {@code dataset /data/reviews}
   * @param use what needs the column, for the message: {@code classification}
   * @throws SettingsException where there is none, naming it
   */
  public Column require(String holder, String use, String name, Column.Kind kind) {
    Optional<Column> found = find(name);
    if (found.isEmpty() || found.get().kind() != kind) {
      String there =
          columns.stream()
              .map(column -> column.name() + " (" + column.kind().key() + ")")
              .collect(Collectors.joining(", "));
      throw new SettingsException(
          "Cannot use %s for %s: it has no column %s of kind %s, its columns are %s. Tokenize a corpus that has what is missing, or choose another task."
              .formatted(holder, use, name, kind.key(), there));
    }
    return found.get();
  }

  /** The same with the labels counted that more rows have. */
  Schema countedWith(Schema more) {
    Map<String, List<Long>> counts = new LinkedHashMap<>();
    facts.forEach(
        (column, known) -> {
          List<Long> added = more.facts(column).counts();
          if (!known.counts().isEmpty() && !added.isEmpty()) {
            counts.put(
                column,
                IntStream.range(0, added.size())
                    .mapToObj(label -> known.counts().get(label) + added.get(label))
                    .toList());
          }
        });
    return counted(counts);
  }

  /** What is known of a column; {@link Facts#NONE} where that is nothing. */
  public Facts facts(String column) {
    return facts.getOrDefault(column, Facts.NONE);
  }

  /**
   * The same with how often the training split has each label.
   *
   * @param counts by the name of the column, in the order of its labels
   */
  public Schema counted(Map<String, List<Long>> counts) {
    Map<String, Facts> counted = new LinkedHashMap<>(facts);
    counts.forEach((column, of) -> counted.put(column, facts(column).counted(of)));
    return new Schema(columns, counted);
  }

  /**
   * The files of its tokenizers: {@link Dataset#TOKENIZER}, which all columns of text share, or all
   * but the target, which then has {@link Dataset#TARGET_TOKENIZER}. None where there is no text.
   *
   * @return by the name of the file, its SHA-256
   */
  public Map<String, String> tokenizers() {
    Map<String, String> files = new LinkedHashMap<>();
    for (String column : facts.keySet()) {
      tokenizer(column).ifPresent(file -> files.put(file, facts(column).tokenizer()));
    }
    return files;
  }

  /** The file of the tokenizer that made a column's ids, where one did. */
  public Optional<String> tokenizer(String column) {
    String made = facts(column).tokenizer();
    if (made.isEmpty()) {
      return Optional.empty();
    }
    boolean own =
        column.equals(Column.TARGET)
            && facts.values().stream()
                .map(Facts::tokenizer)
                .anyMatch(other -> !other.isEmpty() && !other.equals(made));
    return Optional.of(own ? Dataset.TARGET_TOKENIZER : Dataset.TOKENIZER);
  }

  /** Whether the ids of two columns are of the same vocabulary. */
  public boolean shareVocabulary(String column, String other) {
    return column(column).size() == column(other).size()
        && facts(column).tokenizer().equals(facts(other).tokenizer());
  }
}
