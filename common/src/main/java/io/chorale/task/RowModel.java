package io.chorale.task;

import io.chorale.data.Row;
import io.chorale.model.ParameterLayout;
import io.chorale.model.Weights;
import java.util.List;
import java.util.Optional;

/**
 * A model that makes outputs of rows, each by itself: what a {@link Task} predicts, or the vectors
 * that it {@linkplain Task#vectors has} of rows.
 *
 * <p>It holds the structure of a model but no values, so it is a value itself, for any number of
 * threads.
 */
public interface RowModel {
  /** The parameters of the model. */
  ParameterLayout layout();

  /** The columns that outputs are made from: of those that are read, all but the targets. */
  List<String> inputs();

  /**
   * Whether a prediction goes on from a text, which is then read as a whole and followed by no
   * end-of-text id; otherwise rows are cut to {@link #longest}.
   */
  default boolean continuesText() {
    return false;
  }

  /** Whether the tokens stand before a text that its tokenizer puts there for others. */
  default boolean beginsTexts() {
    return false;
  }

  /** Why nothing is made of a row, as rejections have it; nothing where something is. */
  default Optional<String> unfit(Row row) {
    return Optional.empty();
  }

  /** Steps of the longest row of a batch: T. */
  int longest();

  /** Floats of the largest tensor that one row makes: bounds the rows at a time. */
  long largestOfRow();

  /** What is made of a row. */
  List<Output> outputs();

  /**
   * The outputs of rows, one for each, which do not depend on the rows beside it; autograd must not
   * record.
   *
   * @param rows at least one, with the columns {@link #inputs}
   * @param seeds one for each row: decides, with the settings, what is drawn for it
   */
  List<Prediction> predict(Weights w, List<Row> rows, long[] seeds);
}
