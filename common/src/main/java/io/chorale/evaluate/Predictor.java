package io.chorale.evaluate;

import io.chorale.data.Row;
import io.chorale.model.Weights;
import io.chorale.task.Prediction;
import io.chorale.task.Task;
import io.chorale.tensor.Engine;
import io.chorale.tensor.StepScope;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.NoGradGuard;

/**
 * Predicts rows with a model that others may read at the same time. For one thread, the one that
 * made it.
 */
public final class Predictor implements AutoCloseable {
  private final Task task;
  private final Weights weights;
  private final int batch;

  /**
   * A predictor.
   *
   * @param task one that {@linkplain Task#writing writes}, where its model writes texts
   * @param model open at least as long as this
   * @param wanted the most rows of a batch; fewer where what they make would be too large
   */
  public Predictor(Task task, Weights model, int wanted) {
    Engine.start();
    this.task = task;
    this.weights = model.shared();
    this.batch = Evaluator.rows(task, wanted);
  }

  /**
   * Predictions in the order of the rows. Batches have rows of like length, whatever their place.
   *
   * @param rows with the task's {@linkplain Task#inputs inputs}
   * @param seeds one for each row, as {@link Task#predict} takes them
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
      return task.predict(weights, rows, seeds);
    }
  }

  /** Steps that a batch takes of a row. */
  private int length(Row row) {
    return task.inputs().stream()
        .mapToInt(column -> Math.min(task.longest(), row.cell(column).length()))
        .sum();
  }

  @Override
  public void close() {
    weights.close();
  }
}
