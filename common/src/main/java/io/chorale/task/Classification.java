package io.chorale.task;

import io.chorale.config.Settings;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.Schema;
import io.chorale.model.Head;
import io.chorale.model.Pass;
import io.chorale.model.Pool;
import io.chorale.model.Weights;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Classification of rows: one of some classes for each. */
final class Classification extends ClassTask {
  private final Pool pool;
  private final Head head;

  Classification(Settings settings, Schema schema, String holder) {
    super(
        settings,
        schema,
        holder,
        "classification",
        Column.LABEL,
        Column.Kind.LABEL,
        "Take another dataset, another column for corpus.label-field, or task.kind regression for"
            + " real numbers.");
    pool = Pool.of(slots, "pool", settings.task().pooling(), encoder);
    head = Head.of(slots, "head", settings, encoder.width(), classes.count());
  }

  /** Scores of the classes for every row [B, K]. */
  @Override
  Tensor scores(Weights w, Batch batch, Pass pass) {
    Encoded rows = encode(w, batch, pass);
    Tensor pooled = pool.forward(w, rows.output(), rows.lengths());
    return head.forward(w, pass.dropout().apply(pooled));
  }

  @Override
  public List<Output> outputs() {
    return List.of(Output.text("class"), Output.number("probabilities").named());
  }

  @Override
  List<Prediction> predict(Weights w, Batch batch) {
    return classes.predict(scores(w, batch, Pass.reading()));
  }

  @Override
  public String predictions() {
    return "rows";
  }

  @Override
  long scoresOfRow(long length) {
    return classes.count();
  }
}
