package io.chorale.task;

import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.Feed;
import io.chorale.data.Ids;
import io.chorale.data.Row;
import io.chorale.data.RowBatches;
import io.chorale.data.Schema;
import io.chorale.generate.BeamSearch;
import io.chorale.generate.NextToken;
import io.chorale.generate.SourceModel;
import io.chorale.generate.Translator;
import io.chorale.io.FloatSlices;
import io.chorale.model.Backbone;
import io.chorale.model.Embedding;
import io.chorale.model.Head;
import io.chorale.model.Lengths;
import io.chorale.model.Memory;
import io.chorale.model.ParameterLayout;
import io.chorale.model.Pass;
import io.chorale.model.Sequence;
import io.chorale.model.Slots;
import io.chorale.model.State;
import io.chorale.model.Weights;
import io.chorale.tensor.Device;
import io.chorale.tensor.StepScope;
import io.chorale.token.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Translation: a text from another one, its source. An encoder reads the source both ways; a
 * decoder, which sees all of that in every step, predicts each token of the target from those
 * before it (Sutskever et al., 2014; Bahdanau et al., 2015; Vaswani et al., 2017). In training
 * these are the target's own, whatever the model would have written.
 *
 * <p>Both texts share a vocabulary and one embedding. It has an entry more, which stands before the
 * first token of a target and is never predicted: the task knows no id of the tokenizer.
 */
public final class Translation implements Task {
  private static final String USE = "translation";

  private final Settings settings;
  private final int vocabulary;
  private final int context;
  private final ParameterLayout layout;
  private final Embedding embedding;
  private final Backbone encoder;
  private final Backbone decoder;
  private final Head head;
  private final Feed feed;
  private final Optional<Tokenizer> tokenizer;

  Translation(Settings settings, Schema schema, String holder) {
    this.settings = settings;
    vocabulary = schema.require(holder, USE, Column.TEXT, Column.Kind.IDS).size();
    int target = schema.require(holder, USE, Column.TARGET, Column.Kind.IDS).size();
    if (target != vocabulary) {
      throw new SettingsException(
          "Cannot use %s for %s: column %s has a vocabulary of %d entries, expected %d as column %s. Tokenize both with one tokenizer."
              .formatted(holder, USE, Column.TARGET, target, vocabulary, Column.TEXT));
    }
    context = settings.train().context();
    Slots slots = new Slots();
    embedding = Embedding.of(slots, "embedding", settings, vocabulary + 1);
    encoder = Backbone.of(slots, "encoder.", settings, Backbone.Form.BOTH_WAYS, context);
    decoder = Backbone.withMemory(slots, "decoder.", settings, encoder, context);
    head = Head.overVocabulary(slots, "head", settings, embedding, decoder.width(), vocabulary + 1);
    layout = slots.layout();
    feed = RowBatches.of(List.of(Column.TEXT, Column.TARGET), Column.TARGET, settings.train());
    tokenizer = Optional.empty();
  }

  private Translation(Translation task, Tokenizer tokenizer) {
    this.settings = task.settings;
    this.vocabulary = task.vocabulary;
    this.context = task.context;
    this.layout = task.layout;
    this.embedding = task.embedding;
    this.encoder = task.encoder;
    this.decoder = task.decoder;
    this.head = task.head;
    this.feed = task.feed;
    this.tokenizer = Optional.of(tokenizer);
  }

  /** Scores of every token at each step of the target [B, T, V + 1]. */
  Tensor scores(Weights w, Ids text, Ids target, Pass pass) {
    Memory memory = memory(w, text, pass);
    Sequence x = embedding.forward(w, before(target), pass);
    return head.forward(w, decoder.forward(w, x, memory, State.NONE, pass).values());
  }

  private Memory memory(Weights w, Ids text, Pass pass) {
    Sequence x = embedding.forward(w, text, pass);
    return Memory.of(encoder.forward(w, x, State.NONE, pass), x.lengths());
  }

  /** What stands before each token of the targets. */
  private Ids before(Ids target) {
    int length = target.length();
    int[] before = new int[target.values().length]; // padding is no id to look up
    for (int row = 0; row < target.lengths().length; row++) {
      before[row * length] = vocabulary;
      System.arraycopy(
          target.values(), row * length, before, row * length + 1, target.lengths()[row] - 1);
    }
    return new Ids(before, length, target.lengths());
  }

  @Override
  public Loss loss(Weights w, Batch batch, State before, Pass pass) {
    Ids target = batch.ids(Column.TARGET);
    Tensor scores = scores(w, batch.ids(Column.TEXT), target, pass).flatten(0, 1);
    double smoothing = settings.translation().labelSmoothing();
    return new Loss(CrossEntropy.mean(scores, target, smoothing, w.device()), State.NONE);
  }

  @Override
  public Sums measure(Weights w, Batch batch, State before) {
    Ids text = batch.ids(Column.TEXT);
    Ids target = batch.ids(Column.TARGET);
    Tensor scores = scores(w, text, target, Pass.reading()).flatten(0, 1);
    double nats = CrossEntropy.sum(scores, target, CrossEntropy.ALIKE, w.device());
    TranslationCounts counts = new TranslationCounts(nats, batch.predictions());
    tokenizer.ifPresent(
        known -> {
          Writer writer = new Writer(w, false);
          BeamSearch search = search(known);
          for (int row = 0; row < batch.rows(); row++) {
            try (NextToken model = writer.of(cell(text, row))) {
              int[] written = search.search(model, writer.begin()).ids();
              int[] ids = cell(target, row);
              boolean ended = ids[ids.length - 1] == known.endOfText();
              int[] expected = Arrays.copyOf(ids, ids.length - (ended ? 1 : 0));
              counts.add(
                  known.decode(written), known.decode(expected), Arrays.equals(written, expected));
            }
          }
        });
    return new Sums(counts.sums(tokenizer.isPresent()), State.NONE);
  }

  private BeamSearch search(Tokenizer known) {
    return new BeamSearch(settings.generate(), context, known.endOfText(), known::has);
  }

  private static int[] cell(Ids ids, int row) {
    int from = row * ids.length();
    return Arrays.copyOfRange(ids.values(), from, from + ids.lengths()[row]);
  }

  @Override
  public Map<String, Double> read(double[] sums, long bytes) {
    return TranslationCounts.read(sums);
  }

  @Override
  public long predictions(double[] sums) {
    return TranslationCounts.predictions(sums);
  }

  @Override
  public List<String> inputs() {
    return List.of(Column.TEXT);
  }

  @Override
  public List<Output> outputs() {
    return List.of(Output.text("text"), Output.number("score"));
  }

  @Override
  public List<Prediction> predict(Weights w, List<Row> rows, long[] seeds) {
    Tokenizer known = tokenizer.orElseThrow();
    List<Prediction> predictions = new ArrayList<>();
    try (Translator translator = new Translator(known, new Writer(w, false), settings.generate())) {
      for (Row row : rows) {
        Translator.Translation found = translator.translate(((Ids) row.cell(Column.TEXT)).values());
        predictions.add(Prediction.of(found.text(), found.score()));
      }
    }
    return predictions;
  }

  /** What it writes is compared with what each target spells, as far as it is read. */
  @Override
  public Task writing(Tokenizer known) {
    return new Translation(this, known);
  }

  @Override
  public Goal goal() {
    return new Goal(LOSS, false);
  }

  /**
   * The model as a writer of translations, on the processor.
   *
   * @param parameters copied
   */
  public SourceModel writer(FloatSlices parameters) {
    return new Writer(Weights.frozen(layout, parameters, Device.CPU), true);
  }

  private final class Writer implements SourceModel {
    private final Weights w;
    private final boolean owner;

    /**
     * @param owner whether the weights are closed with this
     */
    Writer(Weights w, boolean owner) {
      this.w = w;
      this.owner = owner;
    }

    @Override
    public NextToken of(int[] source) {
      try (StepScope scope = new StepScope();
          NoGradGuard guard = new NoGradGuard()) {
        Ids text = Ids.of(Arrays.copyOf(source, Math.min(source.length, context)));
        Memory memory = memory(w, text, Pass.reading());
        return new TargetWriter(w, decoder.prepared(w, memory).keep(scope));
      }
    }

    @Override
    public int begin() {
      return vocabulary;
    }

    @Override
    public int context() {
      return context;
    }

    @Override
    public void close() {
      if (owner) {
        w.close();
      }
    }
  }

  /** Writes on targets of one source. */
  private final class TargetWriter implements NextToken {
    private final Weights w;
    private final Memory memory;

    TargetWriter(Weights w, Memory memory) {
      this.w = w;
      this.memory = memory;
    }

    @Override
    public Output read(int[] ids, int rows, State before) {
      int length = ids.length / rows;
      Lengths lengths = Lengths.equal(rows, length);
      Sequence x = embedding.forward(w, w.device().ids(ids).view(rows, length), lengths);
      Backbone.Output read = decoder.forward(w, x, memory.repeated(rows), before, Pass.reading());
      Tensor logits = head.forward(w, read.values().select(1, length - 1L)); // [B, V + 1]
      return new Output(logits, read.last());
    }

    @Override
    public boolean carries() {
      return decoder.carries();
    }

    @Override
    public int context() {
      return context;
    }

    @Override
    public void close() {
      memory.close();
    }
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
    return "tokens";
  }

  @Override
  public int longest() {
    return context;
  }

  @Override
  public long largestOfRow() {
    long layers = Math.max(encoder.largestOfRow(context), decoder.largestOfRow(context));
    return Math.max(layers, (long) context * (vocabulary + 1));
  }

  @Override
  public long keptByStep(long rows, long length) {
    // Of source and target; logits, their softmax, and the gradients of both.
    return 2 * embedding.keptByStep(rows, length)
        + encoder.keptByStep(rows, length, true)
        + decoder.keptByStep(rows, length, true)
        + 4 * rows * length * (vocabulary + 1);
  }

  @Override
  public long madeByPass(long rows, long length) {
    // Logits and their softmax.
    return encoder.madeByPass(rows, length, true)
        + decoder.madeByPass(rows, length, true)
        + 2 * rows * length * (vocabulary + 1);
  }
}
