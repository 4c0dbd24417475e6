package io.chorale.data;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The rows of one step of a model: B rows, column by column.
 *
 * @param columns by their names; a column of ids or classes to be predicted has {@link #IGNORED}
 *     where nothing is
 * @param rows B
 * @param predictions that the batch asks for, which its loss is the mean over: tokens, rows
 * @param continued whether every row goes on where the same row of the batch before ended, so that
 *     a model may carry its state over
 */
public record Batch(Map<String, Values> columns, int rows, long predictions, boolean continued) {
  /**
   * The target of what is not to be predicted: padding, and what only leads up to the rest. A
   * target of real numbers has no such value: which of its steps count is told by its {@link
   * Values#lengths} alone.
   */
  public static final int IGNORED = -100;

  public Batch {
    columns = Collections.unmodifiableMap(new LinkedHashMap<>(columns));
    for (Map.Entry<String, Values> column : columns.entrySet()) {
      if (column.getValue().lengths().length != rows) {
        throw new IllegalArgumentException(
            "column %s must have %d rows (got: %d)"
                .formatted(column.getKey(), rows, column.getValue().lengths().length));
      }
    }
  }

  /**
   * Rows side by side, each column padded to its longest cell: ids or classes to be predicted with
   * {@link #IGNORED}, all else with 0.
   *
   * @param rows at least one
   * @param columns to take from them
   * @param target the one of them whose steps are the predictions, but for those that are {@link
   *     #IGNORED}; a label has one step
   * @param most steps of a cell: longer ones are cut to their first
   */
  public static Batch of(List<Row> rows, List<String> columns, String target, int most) {
    Map<String, Values> padded = new LinkedHashMap<>();
    long predictions = 0;
    for (String column : columns) {
      List<Values> cells = rows.stream().map(row -> row.cell(column)).toList();
      boolean predicted = column.equals(target);
      Values values = Values.padded(cells, most, predicted ? IGNORED : 0);
      padded.put(column, values);
      predictions += predicted ? predictions(values) : 0;
    }
    return new Batch(padded, rows.size(), predictions, false);
  }

  private static long predictions(Values target) {
    return target instanceof Ids ids
        ? Arrays.stream(ids.values()).filter(value -> value != IGNORED).count()
        : Arrays.stream(target.lengths()).sum();
  }

  /** The same, asking for another number of predictions. */
  Batch asking(long number) {
    return new Batch(columns, rows, number, continued);
  }

  /** A column of ids, where the batch has it. */
  public Optional<Ids> find(String column) {
    return Optional.ofNullable((Ids) columns.get(column));
  }

  /** A column of ids or classes. */
  public Ids ids(String column) {
    return (Ids) columns.get(column);
  }

  /** A column of real numbers. */
  public Numbers numbers(String column) {
    return (Numbers) columns.get(column);
  }
}
