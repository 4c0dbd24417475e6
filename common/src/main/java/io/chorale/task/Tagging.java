package io.chorale.task;

import io.chorale.config.Settings;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.Schema;
import io.chorale.data.Values;
import io.chorale.model.Head;
import io.chorale.model.Pass;
import io.chorale.model.Weights;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Tagging of rows: one of some classes for every step. */
final class Tagging extends ClassTask {
  private final Head head;

  Tagging(Settings settings, Schema schema, String holder) {
    super(
        settings, schema, holder, "tagging", Column.TAGS, Column.Kind.IDS, "Take another dataset.");
    head = Head.of(slots, "head", settings, encoder.width(), classes.count());
  }

  /** Scores of the classes for every step [B x T, K]. */
  @Override
  Tensor scores(Weights w, Batch batch, Pass pass) {
    return head.forward(w, pass.dropout().apply(encode(w, batch, pass).steps()));
  }

  @Override
  public List<Output> outputs() {
    return List.of(Output.text("tags").many());
  }

  @Override
  List<Prediction> predict(Weights w, Batch batch) {
    List<String> best = classes.best(scores(w, batch, Pass.reading()));
    Values read = batch.columns().get(inputs().get(0));
    List<Prediction> predictions = new ArrayList<>();
    for (int row = 0; row < batch.rows(); row++) {
      int from = row * read.length();
      predictions.add(Prediction.of(List.copyOf(best.subList(from, from + read.lengths()[row]))));
    }
    return predictions;
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
