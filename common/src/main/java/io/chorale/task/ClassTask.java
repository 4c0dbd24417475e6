package io.chorale.task;

import io.chorale.config.Settings;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.Schema;
import io.chorale.model.Pass;
import io.chorale.model.State;
import io.chorale.model.Weights;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** A task over rows that predicts one of some classes, for each row or for each of its steps. */
abstract sealed class ClassTask extends RowTask permits Classification, Tagging {
  final Classes classes;
  private final String target;

  /**
   * A task that predicts a column of classes.
   *
   * @param use what it does, for messages: {@code tagging}
   * @param otherwise what to do where the column has no classes, for messages
   */
  ClassTask(
      Settings settings,
      Schema schema,
      String holder,
      String use,
      String target,
      Column.Kind kind,
      String otherwise) {
    super(settings, schema, holder, use, target);
    this.target = target;
    Column column = schema.require(holder, use, target, kind);
    classes = Classes.of(settings, schema, holder, use, column, otherwise);
  }

  /** Scores of the classes for each prediction [N, K]. */
  abstract Tensor scores(Weights w, Batch batch, Pass pass);

  @Override
  public final Loss loss(Weights w, Batch batch, State before, Pass pass) {
    Tensor scores = scores(w, batch, pass);
    return new Loss(classes.loss(w, scores, batch.ids(target), batch.predictions()), State.NONE);
  }

  @Override
  public final Sums measure(Weights w, Batch batch, State before) {
    Tensor scores = scores(w, batch, Pass.reading());
    return new Sums(classes.measure(w, scores, batch.ids(target)), State.NONE);
  }

  @Override
  public final Map<String, Double> read(double[] sums, long bytes) {
    return classes.read(sums);
  }

  @Override
  public final long predictions(double[] sums) {
    return classes.predictions(sums);
  }

  @Override
  public final Optional<Confusion> confusion(double[] sums) {
    return Optional.of(classes.confusion(sums));
  }

  @Override
  public final Goal goal() {
    return new Goal(ClassCounts.ACCURACY, true);
  }
}
