package io.chorale.task;

import io.chorale.chat.Chat;
import io.chorale.config.GenerateSettings;
import io.chorale.config.Settings;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.Feed;
import io.chorale.data.Ids;
import io.chorale.data.PackedDocuments;
import io.chorale.data.Row;
import io.chorale.data.Schema;
import io.chorale.data.TokenStream;
import io.chorale.generate.NextToken;
import io.chorale.generate.TextGenerator;
import io.chorale.io.FloatSlices;
import io.chorale.model.Adapter;
import io.chorale.model.Backbone;
import io.chorale.model.Embedding;
import io.chorale.model.Head;
import io.chorale.model.Lengths;
import io.chorale.model.ParameterLayout;
import io.chorale.model.Pass;
import io.chorale.model.Sequence;
import io.chorale.model.Slot;
import io.chorale.model.Slots;
import io.chorale.model.State;
import io.chorale.model.Weights;
import io.chorale.random.SplitMix64;
import io.chorale.tensor.Device;
import io.chorale.token.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/**
 * A language model: predicts each token of a text from those before it. A recurrent one carries its
 * state through the text, and gradients end at the beginning of a block; another sees its block or,
 * of packed documents, each alone. Where the dataset says which tokens are answers, these alone are
 * predicted.
 */
public final class LanguageModel implements Task {
  private final Settings settings;
  private final Schema schema;
  private final int vocabulary;
  private final int context;
  private final ParameterLayout layout;
  private final ParameterLayout base;
  private final List<Adapter> adapters;
  private final Embedding embedding;
  private final Backbone backbone;
  private final Head head;
  private final Feed feed;
  private final Optional<Tokenizer> tokenizer;
  private final boolean answers; // whether those alone are predicted

  LanguageModel(Settings settings, Schema schema, String holder) {
    this(settings, schema, holder, Optional.empty());
  }

  private LanguageModel(
      Settings settings, Schema schema, String holder, Optional<Tokenizer> tokenizer) {
    this.settings = settings;
    this.schema = schema;
    this.tokenizer = tokenizer;
    vocabulary =
        settings
            .model()
            .rows(schema.require(holder, "a language model", Column.TEXT, Column.Kind.IDS).size());
    answers = schema.find(Column.ANSWER).isPresent();
    context = settings.train().context();
    Slots slots = new Slots(settings.lora().given());
    embedding = Embedding.of(slots, "embedding", settings, vocabulary);
    backbone = Backbone.of(slots, "", settings, Backbone.Form.CAUSAL, context);
    head = Head.overVocabulary(slots, "head", settings, embedding, backbone.width(), vocabulary);
    layout = slots.layout();
    base = slots.base();
    adapters = slots.adapters();
    feed =
        switch (settings.train().packing()) {
          case STREAM -> {
            TokenStream stream = TokenStream.of(settings.train(), backbone.carries());
            yield answers ? stream.ofAnswers() : stream;
          }
          case DOCUMENTS -> {
            PackedDocuments packed = PackedDocuments.of(settings.train());
            yield answers ? packed.ofAnswers() : packed;
          }
        };
  }

  /**
   * Scores of every token of the vocabulary after each one that was read.
   *
   * @param logits [B, T, V]
   */
  record Scores(Tensor logits, State last) {}

  Scores scores(Weights w, Batch batch, State before, Pass pass) {
    Backbone.Output read = read(w, batch, before, pass);
    return new Scores(head.forward(w, read.values()), read.last());
  }

  private Backbone.Output read(Weights w, Batch batch, State before, Pass pass) {
    Ids text = batch.ids(Column.TEXT);
    Lengths lengths =
        batch
            .find(PackedDocuments.PLACE)
            .map(Lengths::packed)
            .orElseGet(() -> Lengths.of(text.lengths(), text.length()));
    return backbone.forward(w, embedding.forward(w, text, lengths), before, pass);
  }

  @Override
  public Loss loss(Weights w, Batch batch, State before, Pass pass) {
    Backbone.Output read = read(w, batch, before, pass);
    Tensor hidden = read.values().flatten(0, 1); // [B x T, W]
    Ids next = batch.ids(TokenStream.NEXT);
    Tensor mean =
        head.crossEntropy(w, hidden, next, pass)
            .orElseGet(() -> mean(head.forward(w, hidden), next, batch.predictions(), w.device()));
    return new Loss(mean, read.last());
  }

  /** The mean over the targets that count; 0 where none does, as where a block holds no answer. */
  private static Tensor mean(Tensor logits, Ids next, long predictions, Device device) {
    return predictions == 0
        ? CrossEntropy.weighted(logits, next, CrossEntropy.ALIKE, 1, device)
        : CrossEntropy.mean(logits, next, device);
  }

  @Override
  public Sums measure(Weights w, Batch batch, State before) {
    Backbone.Output read = read(w, batch, before, Pass.reading());
    Tensor hidden = read.values().flatten(0, 1); // [B x T, W]
    Ids next = batch.ids(TokenStream.NEXT);
    double nats =
        head.crossEntropySum(w, hidden, next)
            .orElseGet(
                () ->
                    CrossEntropy.sum(
                        head.forward(w, hidden), next, CrossEntropy.ALIKE, w.device()));
    return new Sums(new double[] {nats, batch.predictions()}, read.last());
  }

  @Override
  public Map<String, Double> read(double[] sums, long bytes) {
    Map<String, Double> measures = new LinkedHashMap<>();
    measures.put(LOSS, sums[0] / sums[1]);
    measures.put("perplexity", Math.exp(sums[0] / sums[1]));
    if (bytes > 0 && !answers) {
      // What does not depend on the tokenizer; ids without a text have none, nor have answers.
      measures.put("bits_per_byte", sums[0] / Math.log(2) / bytes);
    }
    return measures;
  }

  @Override
  public long predictions(double[] sums) {
    return (long) sums[1];
  }

  @Override
  public Optional<String> writes() {
    return Optional.of(Column.TEXT);
  }

  @Override
  public Task writing(Tokenizer known) {
    return new LanguageModel(settings, schema, "the model", Optional.of(known));
  }

  @Override
  public List<String> inputs() {
    return List.of(Column.TEXT);
  }

  @Override
  public boolean continuesText() {
    return true;
  }

  @Override
  public List<Output> outputs() {
    return List.of(Output.text("text"));
  }

  /** What goes on from each text, drawn by the seeds of the settings and of the row. */
  @Override
  public List<Prediction> predict(Weights w, List<Row> rows, long[] seeds) {
    List<Prediction> predictions = new ArrayList<>();
    try (TextGenerator generator = generator(tokenizer.orElseThrow(), new Reader(w, false))) {
      for (int row = 0; row < rows.size(); row++) {
        StringBuilder text = new StringBuilder();
        GenerateSettings generate = settings.generate();
        long seed = SplitMix64.of(generate.seed(), seeds[row]).nextLong();
        int[] prompt = ((Ids) rows.get(row).cell(Column.TEXT)).values();
        generator.generate(prompt, generate.withSeed(seed), text::append);
        predictions.add(Prediction.of(text.toString()));
      }
    }
    return predictions;
  }

  /** The template by which it is asked for answers, where it has learned such. */
  public Optional<Chat> chat(Tokenizer known) {
    return answers ? Chat.of(known) : Optional.empty();
  }

  /** A writer of texts, which closes the reader. */
  public TextGenerator generator(Tokenizer known, NextToken reader) {
    return new TextGenerator(known, reader, ends(known), begin(known));
  }

  /**
   * The ids that stand before a text that it goes on from: of a model that began from a published
   * one, which has read texts so, those that its tokenizer puts there.
   */
  public int[] begin(Tokenizer known) {
    return beginsTexts() ? known.beginOfText() : new int[0];
  }

  @Override
  public boolean beginsTexts() {
    return !settings.model().from().isEmpty();
  }

  /** The ids at which a text that it writes ends. */
  public Set<Integer> ends(Tokenizer known) {
    return chat(known).map(Chat::ends).orElseGet(() -> Set.of(known.endOfText()));
  }

  /** Texts are read each from its begin, whether the model carries a state or not. */
  @Override
  public Optional<RowModel> vectors() {
    return Optional.of(
        new RowVectors(
            this,
            backbone,
            (w, batch) -> {
              Sequence x = embedding.forward(w, batch.ids(Column.TEXT));
              return backbone.forward(w, x, State.NONE, Pass.reading());
            },
            backbone.largestOfRow(context)));
  }

  @Override
  public Goal goal() {
    return new Goal(LOSS, false);
  }

  /**
   * The model as a reader of texts that says what may come next, on the processor.
   *
   * @param parameters copied
   */
  public NextToken reader(FloatSlices parameters) {
    return new Reader(Weights.frozen(layout, parameters, settings.train(), Device.CPU), true);
  }

  private final class Reader implements NextToken {
    private final Weights w;
    private final boolean owner;

    /**
     * @param owner whether the weights are closed with this
     */
    Reader(Weights w, boolean owner) {
      this.w = w;
      this.owner = owner;
    }

    @Override
    public Output read(int[] ids, int rows, State before) {
      int length = ids.length / rows;
      Tensor inputs = w.device().ids(ids).view(rows, length);
      Lengths lengths = Lengths.equal(rows, length);
      Backbone.Output read =
          backbone.forward(w, embedding.forward(w, inputs, lengths), before, Pass.goingOn());
      Tensor logits = head.forward(w, read.values().select(1, length - 1L)); // [B, V]
      return new Output(logits, read.last());
    }

    @Override
    public boolean carries() {
      return backbone.carries();
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

  @Override
  public Optional<Slot> textTable() {
    return Optional.of(embedding.table());
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
  public ParameterLayout base() {
    return base;
  }

  @Override
  public List<Adapter> adapters() {
    return adapters;
  }

  @Override
  public boolean carries() {
    return backbone.carries();
  }

  @Override
  public State restore(List<Tensor> flat) {
    return backbone.restore(flat);
  }

  @Override
  public List<Long> carriedSizes(long rows) {
    return backbone.carriedSizes(rows);
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
    return Math.max(backbone.largestOfRow(context), (long) context * vocabulary);
  }

  @Override
  public long keptByStep(long rows, long length) {
    return backbone.keptByStep(rows, length, false)
        + head.keptByCrossEntropy(settings.train(), rows * length);
  }

  @Override
  public long madeByPass(long rows, long length) {
    return backbone.madeByPass(rows, length, false)
        + head.madeByCrossEntropySum(settings.train(), rows * length);
  }
}
