package io.chorale.task;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.chorale.config.ModelSettings;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.TaskSettings.Kind;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.Facts;
import io.chorale.data.Row;
import io.chorale.data.Schema;
import io.chorale.data.Values;
import io.chorale.io.Checksums;
import io.chorale.model.Adapter;
import io.chorale.model.ParameterLayout;
import io.chorale.model.Pass;
import io.chorale.model.Slot;
import io.chorale.model.State;
import io.chorale.model.Weights;
import io.chorale.token.Tokenizer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * A learning task: which columns of a dataset go in, what the loss is, which measures tell how good
 * a model is. The only place that knows; all else trains, averages, evaluates and stores any task.
 *
 * <p>It holds the structure of a model but no values, so it is a value itself, for any number of
 * threads.
 */
public sealed interface Task extends Objective, RowModel permits LanguageModel, StatelessTask {
  /**
   * The measure that every task has: the mean loss over the predictions, in nats where they are of
   * classes or tokens.
   */
  String LOSS = "loss";

  /**
   * The loss of a batch that the model is trained on.
   *
   * @param before the state after the batch before where the batch goes on from it, else {@link
   *     State#NONE}
   */
  Loss loss(Weights w, Batch batch, State before, Pass pass);

  /**
   * The loss of a batch, and what to go on from.
   *
   * @param mean over {@link Batch#predictions}: a scalar
   */
  record Loss(Tensor mean, State last) {}

  /**
   * What the measures of a batch are made from; autograd must not record.
   *
   * @param before as for {@link #loss}
   */
  Sums measure(Weights w, Batch batch, State before);

  /**
   * Sums over predictions, and what to go on from.
   *
   * @param values always as many, in the same places; those of all batches of a split add up to
   *     those of the split
   */
  record Sums(double[] values, State last) {}

  /**
   * The measures.
   *
   * @param sums added up over the batches of a split
   * @param bytes of the split's text in UTF-8
   * @return by name, {@link #LOSS} first
   */
  Map<String, Double> read(double[] sums, long bytes);

  /**
   * How many predictions were measured: rows that are cut, or a share of them that is rounded, make
   * that another number than the manifest can tell.
   *
   * @param sums as for {@link #read}
   */
  long predictions(double[] sums);

  /**
   * Which classes were taken for which, where the task is about classes.
   *
   * @param sums as for {@link #read}
   */
  default Optional<Confusion> confusion(double[] sums) {
    return Optional.empty();
  }

  /**
   * Which classes were taken for which.
   *
   * @param labels what each class is called
   * @param f1 of each class; not a number where it neither occurs nor is predicted
   * @param counts of each class, how often each was predicted for it; empty where there are too
   *     many classes for a table
   */
  record Confusion(List<String> labels, List<Double> f1, List<List<Long>> counts) {}

  /** What the task predicts for rows. A task whose model writes texts must be {@link #writing}. */
  @Override
  List<Prediction> predict(Weights w, List<Row> rows, long[] seeds);

  /**
   * Picks the cells of a row that a prediction reads.
   *
   * @param row of a dataset, with the columns of {@link #feed}
   */
  default Row given(Row row) {
    Map<String, Values> cells = new HashMap<>();
    inputs().forEach(column -> cells.put(column, row.cell(column)));
    return new Row(cells);
  }

  /** The model as one that makes a vector of every row, where its backbone reads rows. */
  default Optional<RowModel> vectors() {
    return Optional.empty();
  }

  /** The table with a vector for each id of column {@link Column#TEXT}, where the model has one. */
  default Optional<Slot> textTable() {
    return Optional.empty();
  }

  /**
   * The task with a tokenizer, by which its model writes texts: those that it predicts, and in an
   * evaluation those that are measured beside the rest, which is too slow for the evaluations of a
   * training. A task that writes no texts stays what it is.
   *
   * @param tokenizer of the column {@link #writes}
   */
  default Task writing(Tokenizer tokenizer) {
    return this;
  }

  /** The column of the texts that its model writes, where it writes any. */
  default Optional<String> writes() {
    return Optional.empty();
  }

  /**
   * A measure to be made as good as can be.
   *
   * @param measure its name among those of {@link #read}
   * @param higher whether a higher one is better
   */
  record Goal(String measure, boolean higher) {
    /** Whether a value is better than another one; one that is not a number never is. */
    public boolean better(double value, double than) {
      return higher ? value > than : value < than;
    }
  }

  /** The parameters that a training of adapters only reads; none where all are trained. */
  default ParameterLayout base() {
    return ParameterLayout.NONE;
  }

  /** The adapters whose matrices are trained; none where the model itself is. */
  default List<Adapter> adapters() {
    return List.of();
  }

  /**
   * Whether the model carries a state through a text of any length: then batches that go on bring
   * it along, and a worker keeps it from round to round.
   */
  boolean carries();

  /**
   * A carried state, from the elements of its tensors.
   *
   * @param flat one for each tensor of the state that {@link #loss} gave
   */
  State restore(List<Tensor> flat);

  /**
   * Elements of each tensor of the state that so many rows carry; none where nothing is carried.
   */
  List<Long> carriedSizes(long rows);

  /** Floats that a training step keeps for the way back, and the largest gradients on it. */
  long keptByStep(long rows, long length);

  /** Floats that a pass without a way back holds at most. */
  long madeByPass(long rows, long length);

  /**
   * The task that the settings name.
   *
   * @param schema of the dataset, or of the run
   * @param holder what has that schema, for messages: {@code dataset /data/reviews}
   * @throws SettingsException where a column is missing that the task needs
   */
  static Task of(Settings settings, Schema schema, String holder) {
    if (settings.model().kind() == ModelSettings.Kind.LINEAR
        && settings.task().kind() != Kind.FORECAST) {
      throw new SettingsException(
          "model.kind must be transformer, lstm, gru or rnn for every task.kind but forecast (got:"
              + " linear)");
    }
    return switch (settings.task().kind()) {
      case LANGUAGE_MODEL -> new LanguageModel(settings, schema, holder);
      case CLASSIFICATION -> new Classification(settings, schema, holder);
      case REGRESSION -> new Regression(settings, schema, holder);
      case TAGGING -> new Tagging(settings, schema, holder);
      case MASKED_LANGUAGE_MODEL -> new MaskedLanguageModel(settings, schema, holder);
      case CONTRASTIVE -> new Contrastive(settings, schema, holder);
      case TRANSLATION -> new Translation(settings, schema, holder);
      case FROM_VECTOR -> new FromVector(settings, schema, holder);
      case FORECAST -> new Forecast(settings, schema, holder);
      case WORD_VECTORS ->
          throw new SettingsException(
              "Cannot use %s: its task.kind is word-vectors, of which there is no model, expected another kind. The command vectors writes word vectors."
                  .formatted(holder));
    };
  }

  /**
   * The schema of the smallest dataset, of texts where it can be, that the task of the settings can
   * learn from: what is known where there is no dataset yet. A series has a channel for each of the
   * corpus's fields of values, where such are named.
   *
   * @param vocabulary entries that ids of text are below
   * @param targets entries that ids of targets are below
   */
  static Schema needs(Settings settings, int vocabulary, int targets) {
    Column text = Column.ids(Column.TEXT, vocabulary);
    Column target = Column.ids(Column.TARGET, targets);
    int channels = Math.max(1, settings.corpus().valueFields().size());
    List<Column> columns =
        switch (settings.task().kind()) {
          case LANGUAGE_MODEL, MASKED_LANGUAGE_MODEL, CONTRASTIVE, WORD_VECTORS -> List.of(text);
          case CLASSIFICATION -> List.of(text, Column.label(Column.LABEL, 2));
          case REGRESSION -> List.of(text, Column.number(Column.LABEL));
          case TAGGING -> List.of(text, Column.ids(Column.TAGS, 2));
          case TRANSLATION -> List.of(text, target);
          case FROM_VECTOR -> List.of(Column.vector(Column.VECTOR, 1), target);
          case FORECAST ->
              List.of(
                  Column.series(Column.SERIES, channels), Column.series(Column.HISTORY, channels));
        };
    boolean separate =
        settings.task().kind() == Kind.TRANSLATION && settings.tokenizer().separate();
    // Stands for the file that is still to come: all that counts is that it is another one.
    Facts own = Facts.tokenizer(Checksums.sha256(Dataset.TARGET_TOKENIZER.getBytes(UTF_8)));
    return new Schema(columns, separate ? Map.of(Column.TARGET, own) : Map.of());
  }
}
