package io.chorale.task;

import io.chorale.config.Settings;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.Schema;
import io.chorale.model.Head;
import io.chorale.model.Pass;
import io.chorale.model.State;
import io.chorale.model.Weights;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** Tagging of rows: one of some classes for every step. */
final class Tagging extends RowTask {
  private static final String USE = "tagging";

  private final Classes classes;
  private final Head head;

  Tagging(Settings settings, Schema schema, String holder) {
    super(settings, schema, holder, USE, Column.TAGS);
    Column tags = schema.require(holder, USE, Column.TAGS, Column.Kind.IDS);
    classes = Classes.of(settings, schema, holder, USE, tags, "Take another dataset.");
    head = Head.of(slots, "head", settings, encoder.width(), classes.count());
  }

  /** Scores of the classes for every step [B x T, K]. */
  private Tensor scores(Weights w, Batch batch, Pass pass) {
    return head.forward(w, pass.dropout().apply(encode(w, batch, pass).steps()));
  }

  @Override
  public Loss loss(Weights w, Batch batch, State before, Pass pass) {
    Tensor scores = scores(w, batch, pass);
    return new Loss(
        classes.loss(w, scores, batch.ids(Column.TAGS), batch.predictions()), State.NONE);
  }

  @Override
  public Sums measure(Weights w, Batch batch, State before) {
    Tensor scores = scores(w, batch, Pass.reading());
    return new Sums(classes.measure(w, scores, batch.ids(Column.TAGS)), State.NONE);
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
    return "tags";
  }

  @Override
  long scoresOfRow(long length) {
    return length * classes.count();
  }
}
