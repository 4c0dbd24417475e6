package io.chorale.task;

import io.chorale.config.TaskSettings.Pooling;
import io.chorale.data.Batch;
import io.chorale.data.Row;
import io.chorale.data.Values;
import io.chorale.io.FloatVector;
import io.chorale.model.Backbone;
import io.chorale.model.Lengths;
import io.chorale.model.ParameterLayout;
import io.chorale.model.Pool;
import io.chorale.model.Slots;
import io.chorale.model.Weights;
import io.chorale.tensor.FlatTensors;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * Vectors of rows: the mean of the states that a task's backbone has of a row's steps (mean
 * pooling), as {@link #outputs output} {@value #VECTOR}.
 *
 * <p>A row is read as in training: a text with its end-of-text id, and cut to {@link #longest}.
 */
final class RowVectors implements RowModel {
  static final String VECTOR = "vector";

  private final Task task;
  private final Backbone backbone;
  private final BiFunction<Weights, Batch, Backbone.Output> read;
  private final long largestOfRow;
  private final Pool mean;

  /**
   * Vectors of the rows that a task reads in one column.
   *
   * @param read what the backbone makes of the rows of a batch
   * @param largestOfRow as {@link RowModel#largestOfRow} has it, of reading alone
   */
  RowVectors(
      Task task,
      Backbone backbone,
      BiFunction<Weights, Batch, Backbone.Output> read,
      long largestOfRow) {
    this.task = task;
    this.backbone = backbone;
    this.read = read;
    this.largestOfRow = largestOfRow;
    this.mean = Pool.of(new Slots(), "", Pooling.MEAN, backbone); // which has no parameters
  }

  @Override
  public ParameterLayout layout() {
    return task.layout();
  }

  @Override
  public List<String> inputs() {
    return task.inputs();
  }

  @Override
  public int longest() {
    return task.longest();
  }

  @Override
  public long largestOfRow() {
    return largestOfRow;
  }

  @Override
  public List<Output> outputs() {
    return List.of(Output.vector(VECTOR, backbone.width()));
  }

  @Override
  public List<Prediction> predict(Weights w, List<Row> rows, long[] seeds) {
    Batch batch = Batch.of(rows, inputs(), "", longest());
    Values cells = batch.columns().get(inputs().get(0));
    Lengths lengths = Lengths.of(cells.lengths(), cells.length());
    Tensor vectors = mean.forward(w, read.apply(w, batch), lengths); // [B, W]
    FloatVector values = FlatTensors.read(vectors.contiguous().flatten());
    int width = backbone.width();
    return IntStream.range(0, rows.size())
        .mapToObj(
            row -> {
              float[] vector = new float[width];
              for (int i = 0; i < width; i++) {
                vector[i] = values.get((long) row * width + i);
              }
              return Prediction.of(vector);
            })
        .toList();
  }
}
