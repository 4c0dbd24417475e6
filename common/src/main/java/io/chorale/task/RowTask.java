package io.chorale.task;

import io.chorale.config.Settings;
import io.chorale.config.TaskSettings.Direction;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.Feed;
import io.chorale.data.Preparation;
import io.chorale.data.Row;
import io.chorale.data.RowBatches;
import io.chorale.data.Schema;
import io.chorale.model.Backbone;
import io.chorale.model.Embedding;
import io.chorale.model.Input;
import io.chorale.model.Lengths;
import io.chorale.model.Pass;
import io.chorale.model.Sequence;
import io.chorale.model.Slot;
import io.chorale.model.State;
import io.chorale.model.Weights;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * A task over rows, each read as a whole: an encoder makes a vector of every step, and a task of
 * its own kind makes its predictions of them.
 *
 * <p>What is read is the column {@link Column#TEXT} where a dataset has it, also where it has
 * {@link Column#SERIES} as well; else that.
 */
abstract sealed class RowTask extends StatelessTask
    permits ClassTask, Regression, MaskedLanguageModel, Contrastive {
  final Input input;
  final Backbone encoder;
  private final String read;
  private final int context;
  private final Feed feed;

  /**
   * A task that predicts a column of the dataset: one label of a row, or one tag of each step.
   *
   * @param use what it does, for messages: {@code classification}
   */
  RowTask(Settings settings, Schema schema, String holder, String use, String target) {
    this(settings, read(schema, holder, use), form(settings), feed(settings, schema, target));
  }

  /**
   * A task of any kind.
   *
   * @param read the column that is read, with as many entries as it can have in a batch
   */
  RowTask(Settings settings, Column read, Backbone.Form form, Feed feed) {
    this.read = read.name();
    this.context = settings.train().context();
    this.feed = feed;
    input = Input.of(slots, settings, read);
    encoder = Backbone.of(slots, "encoder.", settings, form, context);
  }

  private static Column read(Schema schema, String holder, String use) {
    return reads(schema).equals(Column.SERIES)
        ? schema.require(holder, use, Column.SERIES, Column.Kind.SERIES)
        : schema.require(holder, use, Column.TEXT, Column.Kind.IDS);
  }

  private static String reads(Schema schema) {
    boolean series = schema.find(Column.TEXT).isEmpty() && schema.find(Column.SERIES).isPresent();
    return series ? Column.SERIES : Column.TEXT;
  }

  private static Backbone.Form form(Settings settings) {
    return settings.task().direction() == Direction.CAUSAL
        ? Backbone.Form.CAUSAL
        : Backbone.Form.BOTH_WAYS;
  }

  private static Feed feed(Settings settings, Schema schema, String target) {
    String read = reads(schema);
    boolean ofSteps = schema.find(target).filter(Column::ragged).isPresent();
    return RowBatches.of(
        List.of(read, target),
        target,
        settings.train(),
        ofSteps ? Preparation.aligned(read, target) : Preparation.NONE);
  }

  /** What the encoder made of rows, and how long those are. */
  record Encoded(Backbone.Output output, Lengths lengths) {
    /** A vector for every step [B x T, W]. */
    Tensor steps() {
      return output.values().flatten(0, 1);
    }
  }

  /** Reads the rows of a batch. */
  final Encoded encode(Weights w, Batch batch, Pass pass) {
    Sequence x = input.forward(w, batch.columns().get(read), pass);
    return new Encoded(encoder.forward(w, x, State.NONE, pass), x.lengths());
  }

  @Override
  public final Optional<RowModel> vectors() {
    return Optional.of(
        new RowVectors(
            this,
            encoder,
            (w, batch) -> encode(w, batch, Pass.reading()).output(),
            largestOfReading()));
  }

  @Override
  public final Optional<Slot> textTable() {
    return input instanceof Embedding embedding ? Optional.of(embedding.table()) : Optional.empty();
  }

  private long largestOfReading() {
    return Math.max(encoder.largestOfRow(context), input.madeByPass(1, context));
  }

  /** Numbers that the task makes of a row of that length at most: scores of classes. */
  abstract long scoresOfRow(long length);

  /** Predictions for the rows of a batch that has no targets. */
  abstract List<Prediction> predict(Weights w, Batch batch);

  @Override
  public final List<Prediction> predict(Weights w, List<Row> rows, long[] seeds) {
    return predict(w, Batch.of(rows, inputs(), "", context));
  }

  @Override
  public final List<String> inputs() {
    return List.of(read);
  }

  @Override
  public final Feed feed() {
    return feed;
  }

  @Override
  public final int longest() {
    return context;
  }

  @Override
  public final long largestOfRow() {
    return Math.max(largestOfReading(), scoresOfRow(context));
  }

  @Override
  public long keptByStep(long rows, long length) {
    // What is made of the vectors, with its gradient; scores, their softmax, their gradients.
    return input.keptByStep(rows, length)
        + encoder.keptByStep(rows, length, true)
        + rows * (2 * length * encoder.width() + 4 * scoresOfRow(length));
  }

  @Override
  public final long madeByPass(long rows, long length) {
    // What is made of the vectors; scores and their softmax.
    return input.madeByPass(rows, length)
        + encoder.madeByPass(rows, length, true)
        + rows * (length * encoder.width() + 2 * scoresOfRow(length));
  }
}
