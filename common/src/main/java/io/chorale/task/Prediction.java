package io.chorale.task;

import java.util.List;

/**
 * The outputs of a model for a row.
 *
 * @param values one for each of the model's {@linkplain RowModel#outputs outputs}, of its type
 */
public record Prediction(List<Object> values) {
  public Prediction {
    values = List.copyOf(values);
  }

  /** Of those values. */
  public static Prediction of(Object... values) {
    return new Prediction(List.of(values));
  }
}
