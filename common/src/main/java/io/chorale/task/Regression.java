package io.chorale.task;

import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.Facts;
import io.chorale.data.Schema;
import io.chorale.io.FloatVector;
import io.chorale.model.Head;
import io.chorale.model.Pass;
import io.chorale.model.Pool;
import io.chorale.model.State;
import io.chorale.model.Weights;
import io.chorale.tensor.FlatTensors;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Regression: a real number for each row, by the mean of squared errors.
 *
 * <p>Numbers lie scaled in a dataset where it has their {@linkplain io.chorale.data.Facts#mean mean
 * and deviation}, and are learnt so; errors are told in the numbers' own unit.
 */
final class Regression extends RowTask {
  private static final String USE = "regression";

  // Places among the sums.
  private static final int ROWS = 0;
  private static final int SQUARES = 1; // of errors
  private static final int ERRORS = 2; // without their sign
  private static final int TARGETS = 3;
  private static final int TARGET_SQUARES = 4;

  // Of the numbers as people know them.
  private final double mean;
  private final double deviation;
  private final Pool pool;
  private final Head head;

  Regression(Settings settings, Schema schema, String holder) {
    super(settings, schema, holder, USE, Column.LABEL);
    Column label = schema.require(holder, USE, Column.LABEL, Column.Kind.LABEL);
    if (label.size() != 0) {
      throw new SettingsException(
          "Cannot use %s for %s: its column %s has %d classes, expected real numbers. Take another dataset, or task.kind classification."
              .formatted(holder, USE, Column.LABEL, label.size()));
    }
    Facts facts = schema.facts(Column.LABEL);
    mean = facts.mean().isEmpty() ? 0 : facts.mean().get(0);
    deviation = facts.deviation().isEmpty() ? 1 : facts.deviation().get(0);
    pool = Pool.of(slots, "pool", settings.task().pooling(), encoder);
    head = Head.of(slots, "head", settings, encoder.width(), 1);
  }

  /** A number for each row [B]. */
  private Tensor numbers(Weights w, Batch batch, Pass pass) {
    Encoded rows = encode(w, batch, pass);
    Tensor pooled = pool.forward(w, rows.output(), rows.lengths());
    return head.forward(w, pass.dropout().apply(pooled)).squeeze(1);
  }

  @Override
  public Loss loss(Weights w, Batch batch, State before, Pass pass) {
    Tensor targets = w.device().numbers(batch.numbers(Column.LABEL).values(), batch.rows());
    return new Loss(torch.mse_loss(numbers(w, batch, pass), targets), State.NONE);
  }

  @Override
  public Sums measure(Weights w, Batch batch, State before) {
    FloatVector found = FlatTensors.read(numbers(w, batch, Pass.reading()));
    double[] sums = new double[TARGET_SQUARES + 1];
    for (int row = 0; row < batch.rows(); row++) {
      double target = batch.numbers(Column.LABEL).values()[row];
      double error = found.get(row) - target;
      sums[ROWS]++;
      sums[SQUARES] += error * error;
      sums[ERRORS] += Math.abs(error);
      sums[TARGETS] += target;
      sums[TARGET_SQUARES] += target * target;
    }
    return new Sums(sums, State.NONE);
  }

  /**
   * The loss, in the unit of the dataset; the means of squared and of plain errors, in the numbers'
   * own; and the share of the variance that is explained, where there is any.
   */
  @Override
  public Map<String, Double> read(double[] sums, long bytes) {
    double rows = sums[ROWS];
    double variance = sums[TARGET_SQUARES] - sums[TARGETS] * sums[TARGETS] / rows;
    Map<String, Double> measures = new LinkedHashMap<>();
    measures.put(LOSS, sums[SQUARES] / rows);
    measures.put("mse", deviation * deviation * sums[SQUARES] / rows);
    measures.put("mae", deviation * sums[ERRORS] / rows);
    // What rounding leaves of numbers that are all the same is no variance.
    if (variance > 1e-12 * sums[TARGET_SQUARES]) {
      measures.put("r2", 1 - sums[SQUARES] / variance);
    }
    return measures;
  }

  @Override
  public List<Output> outputs() {
    return List.of(Output.number("number"));
  }

  /** In the numbers' own unit. */
  @Override
  List<Prediction> predict(Weights w, Batch batch) {
    FloatVector found = FlatTensors.read(numbers(w, batch, Pass.reading()));
    return IntStream.range(0, batch.rows())
        .mapToObj(row -> Prediction.of(mean + deviation * found.get(row)))
        .toList();
  }

  @Override
  public long predictions(double[] sums) {
    return (long) sums[ROWS];
  }

  @Override
  public Goal goal() {
    return new Goal(LOSS, false);
  }

  @Override
  public String predictions() {
    return "rows";
  }

  @Override
  long scoresOfRow(long length) {
    return 1;
  }
}
