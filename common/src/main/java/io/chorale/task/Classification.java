package io.chorale.task;

import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.TaskSettings.Direction;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.Feed;
import io.chorale.data.Ids;
import io.chorale.data.RowBatches;
import io.chorale.data.Schema;
import io.chorale.model.Backbone;
import io.chorale.model.Embedding;
import io.chorale.model.Head;
import io.chorale.model.ParameterLayout;
import io.chorale.model.Pass;
import io.chorale.model.Pool;
import io.chorale.model.Sequence;
import io.chorale.model.Slots;
import io.chorale.model.State;
import io.chorale.model.Weights;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;

/** Classification of texts: one of some classes for each row. */
public final class Classification implements Task {
  /** The column of the classes. */
  public static final String LABEL = "label";

  private static final String USE = "classification";

  private final int classes;
  private final int context;
  private final ParameterLayout layout;
  private final Embedding embedding;
  private final Backbone encoder;
  private final Pool pool;
  private final Head head;
  private final Feed feed;

  Classification(Settings settings, Schema schema, String holder) {
    int vocabulary = schema.require(holder, USE, Column.TEXT, Column.Kind.IDS).size();
    classes = schema.require(holder, USE, LABEL, Column.Kind.LABEL).size();
    if (classes < 2) {
      throw new SettingsException(
          "Cannot use %s for %s: its column %s has %s, expected at least two classes. Take another dataset, or another column for corpus.label-field."
              .formatted(holder, USE, LABEL, classes == 0 ? "real numbers" : "one class"));
    }
    context = settings.train().context();
    Slots slots = new Slots();
    embedding = Embedding.of(slots, "embedding", settings, vocabulary);
    Backbone.Form form =
        settings.task().direction() == Direction.CAUSAL
            ? Backbone.Form.CAUSAL
            : Backbone.Form.BOTH_WAYS;
    encoder = Backbone.of(slots, "encoder.", settings, form, context);
    pool = Pool.of(slots, "pool", settings.task().pooling(), encoder);
    head = Head.of(slots, "head", settings, encoder.width(), classes);
    layout = slots.layout();
    feed = RowBatches.of(List.of(Column.TEXT, LABEL), LABEL, settings.train());
  }

  /** Scores of the classes [B, K]. */
  Tensor scores(Weights w, Ids text, Pass pass) {
    Sequence x = embedding.forward(w, text, pass);
    Backbone.Output encoded = encoder.forward(w, x, State.NONE, pass);
    return head.forward(w, pass.dropout().apply(pool.forward(w, encoded, x.lengths())));
  }

  @Override
  public Loss loss(Weights w, Batch batch, State before, Pass pass) {
    Tensor scores = scores(w, batch.ids(Column.TEXT), pass);
    return new Loss(CrossEntropy.mean(scores, batch.ids(LABEL), w.device()), State.NONE);
  }

  @Override
  public Sums measure(Weights w, Batch batch, State before) {
    Tensor scores = scores(w, batch.ids(Column.TEXT), Pass.reading());
    double nats = CrossEntropy.sum(scores, batch.ids(LABEL), w.device());
    ClassCounts counts = new ClassCounts(classes, nats);
    Tensor best = scores.argmax(new LongOptional(1), false).cpu();
    for (int row = 0; row < batch.rows(); row++) {
      counts.add(batch.ids(LABEL).values()[row], (int) best.data_ptr_long().get(row));
    }
    return new Sums(counts.sums(), State.NONE);
  }

  @Override
  public Map<String, Double> read(double[] sums, long bytes) {
    return ClassCounts.read(sums);
  }

  @Override
  public Goal goal() {
    return new Goal(ClassCounts.ACCURACY, true);
  }

  @Override
  public Feed feed() {
    return feed;
  }

  @Override
  public ParameterLayout layout() {
    return layout;
  }

  @Override
  public boolean carries() {
    return false;
  }

  @Override
  public State restore(List<Tensor> flat) {
    return State.NONE;
  }

  @Override
  public List<Long> carriedSizes(long rows) {
    return List.of();
  }

  @Override
  public String predictions() {
    return "rows";
  }

  @Override
  public int longest() {
    return context;
  }

  @Override
  public long largestOfRow() {
    return Math.max(encoder.largestOfRow(context), classes);
  }

  @Override
  public long keptByStep(long rows, long length) {
    // What a pool makes of the vectors, with its gradient; scores, their softmax, their gradients.
    return embedding.keptByStep(rows, length)
        + encoder.keptByStep(rows, length, true)
        + rows * (2 * length * encoder.width() + 4L * classes);
  }

  @Override
  public long madeByPass(long rows, long length) {
    // What a pool makes of the vectors; scores and their softmax.
    return encoder.madeByPass(rows, length, true)
        + rows * (length * encoder.width() + 2L * classes);
  }
}
