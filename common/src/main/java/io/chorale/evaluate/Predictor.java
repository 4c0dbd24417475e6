package io.chorale.evaluate;

import io.chorale.data.Row;
import io.chorale.model.Weights;
import io.chorale.task.Prediction;
import io.chorale.task.RowModel;
import io.chorale.task.Task;
import io.chorale.tensor.Engine;
import io.chorale.tensor.StepScope;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.NoGradGuard;

/**
 * Makes the outputs of rows with a model that others may read at the same time. For one thread, the
 * one that made it.
 */
public final class Predictor implements AutoCloseable {
  private final RowModel model;
  private final Weights weights;
  private final int batch;

  /**
   * A predictor.
   *
   * @param model a task is one that {@linkplain Task#writing writes}, where its model writes texts
   * @param parameters open at least as long as this
   * @param wanted the most rows of a batch; fewer where what they make would be too large
   */
  public Predictor(RowModel model, Weights parameters, int wanted) {
    Engine.start();
    this.model = model;
    this.weights = parameters.shared();
    this.batch = Evaluator.rows(model, wanted);
  }

  /**
   * Outputs in the order of the rows. Batches have rows of like length, whatever their place.
   *
   * @param rows with the model's {@linkplain RowModel#inputs inputs}
   * @param seeds one for each row, as {@link RowModel#predict} takes them
   */
  public List<Prediction> predict(List<Row> rows, long[] seeds) {
    int[] lengths = rows.stream().mapToInt(this::length).toArray();
    int[] order =
        IntStream.range(0, rows.size())
            .boxed()
            .sorted(Comparator.comparingInt(row -> lengths[row]))
            .mapToInt(Integer::intValue)
            .toArray();
    Prediction[] predictions = new Prediction[order.length];
    for (int from = 0; from < order.length; from += batch) {
      int[] places = Arrays.copyOfRange(order, from, Math.min(order.length, from + batch));
      List<Prediction> found =
          batch(
              Arrays.stream(places).mapToObj(rows::get).toList(),
              Arrays.stream(places).mapToLong(place -> seeds[place]).toArray());
      for (int i = 0; i < places.length; i++) {
        predictions[places[i]] = found.get(i);
      }
    }
    Engine.release();
    return List.of(predictions);
  }

  private List<Prediction> batch(List<Row> rows, long[] seeds) {
    try (NoGradGuard guard = new NoGradGuard();
        StepScope scope = new StepScope()) {
      return model.predict(weights, rows, seeds);
    }
  }

  /** Steps that a batch takes of a row. */
  private int length(Row row) {
    return model.inputs().stream()
        .mapToInt(column -> Math.min(model.longest(), row.cell(column).length()))
        .sum();
  }

  @Override
  public void close() {
    weights.close();
  }
}
