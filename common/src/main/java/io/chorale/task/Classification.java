package io.chorale.task;

import io.chorale.config.Settings;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.Schema;
import io.chorale.model.Head;
import io.chorale.model.Pass;
import io.chorale.model.Pool;
import io.chorale.model.State;
import io.chorale.model.Weights;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** Classification of rows: one of some classes for each. */
public final class Classification extends RowTask {
  /** The column of the classes. */
  public static final String LABEL = Column.LABEL;

  private static final String USE = "classification";

  private final Classes classes;
  private final Pool pool;
  private final Head head;

  Classification(Settings settings, Schema schema, String holder) {
    super(settings, schema, holder, USE, LABEL);
    Column label = schema.require(holder, USE, LABEL, Column.Kind.LABEL);
    String otherwise =
        "Take another dataset, another column for corpus.label-field, or task.kind regression for"
            + " real numbers.";
    classes = Classes.of(settings, schema, holder, USE, label, otherwise);
    pool = Pool.of(slots, "pool", settings.task().pooling(), encoder);
    head = Head.of(slots, "head", settings, encoder.width(), classes.count());
  }

  /** Scores of the classes [B, K]. */
  Tensor scores(Weights w, Batch batch, Pass pass) {
    Encoded rows = encode(w, batch, pass);
    Tensor pooled = pool.forward(w, rows.output(), rows.lengths());
    return head.forward(w, pass.dropout().apply(pooled));
  }

  @Override
  public Loss loss(Weights w, Batch batch, State before, Pass pass) {
    Tensor scores = scores(w, batch, pass);
    return new Loss(classes.loss(w, scores, batch.ids(LABEL), batch.predictions()), State.NONE);
  }

  @Override
  public Sums measure(Weights w, Batch batch, State before) {
    Tensor scores = scores(w, batch, Pass.reading());
    return new Sums(classes.measure(w, scores, batch.ids(LABEL)), State.NONE);
  }

  @Override
  public Map<String, Double> read(double[] sums, long bytes) {
    return classes.read(sums);
  }

  @Override
  public long predictions(double[] sums) {
    return classes.predictions(sums);
  }

  @Override
  public Optional<Confusion> confusion(double[] sums) {
    return Optional.of(classes.confusion(sums));
  }

  @Override
  public Goal goal() {
    return new Goal(ClassCounts.ACCURACY, true);
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
