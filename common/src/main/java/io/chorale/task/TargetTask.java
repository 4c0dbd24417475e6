package io.chorale.task;

import io.chorale.config.Settings;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.Feed;
import io.chorale.data.Ids;
import io.chorale.data.Row;
import io.chorale.data.RowBatches;
import io.chorale.data.Schema;
import io.chorale.data.Values;
import io.chorale.generate.BeamSearch;
import io.chorale.generate.ConditionedNextToken;
import io.chorale.generate.NextToken;
import io.chorale.generate.SourceModel;
import io.chorale.generate.Translator;
import io.chorale.io.FloatSlices;
import io.chorale.model.Backbone;
import io.chorale.model.Embedding;
import io.chorale.model.Head;
import io.chorale.model.Lengths;
import io.chorale.model.Pass;
import io.chorale.model.Sequence;
import io.chorale.model.State;
import io.chorale.model.Weights;
import io.chorale.tensor.Device;
import io.chorale.token.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * A task that writes a text, the target, for a source of some kind: it predicts each token of the
 * target from the source and the tokens before it. In training these are the target's own, whatever
 * the model would have written (teacher forcing).
 *
 * <p>The target's embedding has an entry more than the vocabulary, which stands before the first
 * token and is never predicted: the task knows no id of the tokenizer.
 */
public abstract sealed class TargetTask extends StatelessTask permits Translation, FromVector {
  final int context;

  /** Of the target [V + 1]. */
  final Embedding embedding;

  private final Settings settings;
  private final String source;
  private final int vocabulary;
  private final Feed feed;
  private final Optional<Tokenizer> tokenizer;

  /**
   * A task over two columns.
   *
   * @param use what it does, for messages: {@code translation}
   * @param source the column that a target is written for
   */
  TargetTask(Settings settings, Schema schema, String holder, String use, String source) {
    this.settings = settings;
    this.source = source;
    tokenizer = Optional.empty();
    context = settings.train().context();
    vocabulary = schema.require(holder, use, Column.TARGET, Column.Kind.IDS).size();
    embedding = Embedding.of(slots, "embedding", settings, entries());
    feed = RowBatches.of(List.of(source, Column.TARGET), Column.TARGET, settings.train());
  }

  /**
   * The same task, whose texts are written.
   *
   * @param tokenizer of the target
   */
  TargetTask(TargetTask task, Tokenizer tokenizer) {
    super(task.slots);
    settings = task.settings;
    source = task.source;
    this.tokenizer = Optional.of(tokenizer);
    context = task.context;
    vocabulary = task.vocabulary;
    embedding = task.embedding;
    feed = task.feed;
  }

  /** Entries of the target's embedding: V + 1. */
  final int entries() {
    return vocabulary + 1;
  }

  /** The head over the target's tokens, which may share their embedding. */
  final Head head(int width) {
    return Head.overVocabulary(slots, "head", settings, embedding, width, entries());
  }

  /** Scores of every token at each step of the targets [B, T, V + 1]. */
  abstract Tensor scores(Weights w, Batch batch, Pass pass);

  /**
   * The model as a writer.
   *
   * @param owner whether the weights are closed with it
   */
  abstract Writer writer(Weights w, boolean owner);

  /**
   * What the source's column has for a text that a person gives.
   *
   * @param known the tokenizer of that column, where it is text
   */
  public abstract Values source(String text, Optional<Tokenizer> known);

  /** What is read to predict each token of the targets: those before it. */
  final Sequence before(Weights w, Ids target, Pass pass) {
    int length = target.length();
    int[] before = new int[target.values().length]; // padding is no id to look up
    for (int row = 0; row < target.lengths().length; row++) {
      before[row * length] = vocabulary;
      System.arraycopy(
          target.values(), row * length, before, row * length + 1, target.lengths()[row] - 1);
    }
    return embedding.forward(w, new Ids(before, length, target.lengths()), pass);
  }

  @Override
  public final Loss loss(Weights w, Batch batch, State before, Pass pass) {
    Tensor scores = scores(w, batch, pass).flatten(0, 1);
    double smoothing = settings.translation().labelSmoothing();
    Ids target = batch.ids(Column.TARGET);
    return new Loss(CrossEntropy.mean(scores, target, smoothing, w.device()), State.NONE);
  }

  @Override
  public final Sums measure(Weights w, Batch batch, State before) {
    Ids target = batch.ids(Column.TARGET);
    Tensor scores = scores(w, batch, Pass.reading()).flatten(0, 1);
    double nats = CrossEntropy.sum(scores, target, CrossEntropy.ALIKE, w.device());
    TranslationCounts counts = new TranslationCounts(nats, batch.predictions());
    tokenizer.ifPresent(known -> write(w, batch, known, counts));
    return new Sums(counts.sums(tokenizer.isPresent()), State.NONE);
  }

  private void write(Weights w, Batch batch, Tokenizer known, TranslationCounts counts) {
    BeamSearch search = new BeamSearch(settings.generate(), context, known.endOfText(), known::has);
    Values sources = batch.columns().get(source);
    Ids target = batch.ids(Column.TARGET);
    try (Writer writer = writer(w, false)) {
      List<Values> cells = IntStream.range(0, batch.rows()).mapToObj(sources::cell).toList();
      List<BeamSearch.Found> found = search.search(writer, cells);
      for (int row = 0; row < batch.rows(); row++) {
        int[] written = found.get(row).ids();
        int[] ids = target.cell(row).values();
        boolean ended = ids[ids.length - 1] == known.endOfText();
        int[] expected = Arrays.copyOf(ids, ids.length - (ended ? 1 : 0));
        counts.add(known.decode(written), known.decode(expected), Arrays.equals(written, expected));
      }
    }
  }

  @Override
  public final List<String> inputs() {
    return List.of(source);
  }

  @Override
  public final List<Output> outputs() {
    return List.of(Output.text("text"), Output.number("score"));
  }

  @Override
  public final List<Prediction> predict(Weights w, List<Row> rows, long[] seeds) {
    Tokenizer known = tokenizer.orElseThrow();
    List<Values> cells = rows.stream().map(row -> row.cell(source)).toList();
    try (Translator translator = new Translator(known, writer(w, false), settings.generate())) {
      return translator.translateAll(cells).stream()
          .map(found -> Prediction.of(found.text(), found.score()))
          .toList();
    }
  }

  @Override
  public final Map<String, Double> read(double[] sums, long bytes) {
    return TranslationCounts.read(sums);
  }

  @Override
  public final long predictions(double[] sums) {
    return TranslationCounts.predictions(sums);
  }

  @Override
  public final Optional<String> writes() {
    return Optional.of(Column.TARGET);
  }

  @Override
  public final Goal goal() {
    return new Goal(LOSS, false);
  }

  /**
   * The model as a writer of targets, on the processor.
   *
   * @param parameters copied
   */
  public final SourceModel writer(FloatSlices parameters) {
    return writer(Weights.frozen(layout(), parameters, settings.train(), Device.CPU), true);
  }

  /** Writes what goes with sources. */
  abstract class Writer implements SourceModel {
    private final Weights w;
    private final boolean owner;

    Writer(Weights w, boolean owner) {
      this.w = w;
      this.owner = owner;
    }

    @Override
    public final int begin() {
      return vocabulary;
    }

    @Override
    public final int context() {
      return context;
    }

    @Override
    public final void close() {
      if (owner) {
        w.close();
      }
    }
  }

  /** Reads targets of some sources, step by step. */
  abstract class TargetReader implements ConditionedNextToken {
    final Weights w;
    final Backbone decoder;
    private final Head head;

    TargetReader(Weights w, Backbone decoder, Head head) {
      this.w = w;
      this.decoder = decoder;
      this.head = head;
    }

    /** Runs the decoder over steps of some targets, each of one of the sources. */
    abstract Backbone.Output decode(Sequence x, int[] sources, State before);

    @Override
    public final NextToken.Output read(int[] ids, int[] sources, State before) {
      int rows = sources.length;
      int length = ids.length / rows;
      Lengths lengths = Lengths.equal(rows, length);
      Sequence x = embedding.forward(w, w.device().ids(ids).view(rows, length), lengths);
      Backbone.Output read = decode(x, sources, before);
      Tensor logits = head.forward(w, read.values().select(1, length - 1L)); // [B, V + 1]
      return new NextToken.Output(logits, read.last());
    }
  }

  @Override
  public final Feed feed() {
    return feed;
  }

  @Override
  public final String predictions() {
    return "tokens";
  }

  @Override
  public final int longest() {
    return context;
  }
}
