package io.chorale.task;

import io.chorale.config.Settings;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.Ids;
import io.chorale.data.Masking;
import io.chorale.data.Row;
import io.chorale.data.RowBatches;
import io.chorale.data.Schema;
import io.chorale.model.Backbone;
import io.chorale.model.Embedding;
import io.chorale.model.Head;
import io.chorale.model.Pass;
import io.chorale.model.State;
import io.chorale.model.Weights;
import io.chorale.tensor.StepScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * A masked language model: finds hidden tokens of a text from all others, before and after them
 * (Devlin et al., "BERT", 2019). What is hidden is drawn anew in every epoch, and is the same in
 * every evaluation.
 *
 * <p>The mask is one entry more of the embedding than the vocabulary has. A head that shares the
 * embedding scores the mask, too, and learns that it is never right.
 */
final class MaskedLanguageModel extends RowTask {
  // Places among the sums.
  private static final int NATS = 0;
  private static final int TOKENS = 1;
  private static final int CORRECT = 2;

  /** Copies of a text in a pass; not as many as there are rows beside it, which decide nothing. */
  private static final int HIDDEN_AT_ONCE = 64;

  private final Masking masking;
  private final Head head;

  MaskedLanguageModel(Settings settings, Schema schema, String holder) {
    this(
        settings,
        new Masking(
            schema.require(holder, "a masked language model", Column.TEXT, Column.Kind.IDS).size(),
            settings.task().maskShare()));
  }

  private MaskedLanguageModel(Settings settings, Masking masking) {
    super(
        settings,
        Column.ids(Column.TEXT, masking.vocabulary() + 1),
        Backbone.Form.BOTH_WAYS,
        RowBatches.of(List.of(Column.TEXT), Masking.HIDDEN, settings.train(), masking));
    this.masking = masking;
    int width = encoder.width();
    int entries = masking.vocabulary();
    head =
        settings.model().recurrent()
            ? Head.of(slots, "head", settings, width, entries)
            : Head.overVocabulary(slots, "head", settings, (Embedding) input, width, entries);
  }

  /** Scores of tokens for each hidden one of the batch, in their order [N, V or more]. */
  private Tensor scores(Weights w, Batch batch, Pass pass) {
    int[] hidden = batch.ids(Masking.HIDDEN).values();
    int[] places =
        IntStream.range(0, hidden.length).filter(i -> hidden[i] != Batch.IGNORED).toArray();
    Tensor vectors = encode(w, batch, pass).steps().index_select(0, w.device().ids(places));
    return head.forward(w, vectors);
  }

  /** The hidden tokens themselves. */
  private static Ids targets(Batch batch) {
    return Ids.of(
        Arrays.stream(batch.ids(Masking.HIDDEN).values())
            .filter(id -> id != Batch.IGNORED)
            .toArray());
  }

  @Override
  public Loss loss(Weights w, Batch batch, State before, Pass pass) {
    Tensor scores = scores(w, batch, pass);
    return new Loss(CrossEntropy.mean(scores, targets(batch), w.device()), State.NONE);
  }

  @Override
  public Sums measure(Weights w, Batch batch, State before) {
    Tensor scores = scores(w, batch, Pass.reading());
    Ids targets = targets(batch);
    Tensor best = scores.argmax(new LongOptional(1), false);
    double[] sums = new double[CORRECT + 1];
    sums[NATS] = CrossEntropy.sum(scores, targets, CrossEntropy.ALIKE, w.device());
    sums[TOKENS] = targets.length();
    sums[CORRECT] = best.eq(w.device().ids(targets.values())).sum().item_long();
    return new Sums(sums, State.NONE);
  }

  @Override
  public Map<String, Double> read(double[] sums, long bytes) {
    Map<String, Double> measures = new LinkedHashMap<>();
    measures.put(LOSS, sums[NATS] / sums[TOKENS]);
    measures.put("perplexity", Math.exp(sums[NATS] / sums[TOKENS]));
    measures.put(ClassCounts.ACCURACY, sums[CORRECT] / sums[TOKENS]);
    return measures;
  }

  @Override
  public List<Output> outputs() {
    return List.of(Output.number("perplexity"));
  }

  /**
   * The pseudo-perplexity of each text: the exponential of the mean loss of its tokens, each hidden
   * alone (Salazar et al., "Masked language model scoring", 2020). Costs as many passes over a text
   * as it has tokens, some of them at a time.
   */
  @Override
  List<Prediction> predict(Weights w, Batch batch) {
    Ids texts = batch.ids(Column.TEXT);
    List<Prediction> predictions = new ArrayList<>();
    for (int row = 0; row < batch.rows(); row++) {
      int from = row * texts.length();
      int[] text = Arrays.copyOfRange(texts.values(), from, from + texts.lengths()[row]);
      double nats = 0;
      for (int first = 0; first < text.length; first += HIDDEN_AT_ONCE) {
        int last = Math.min(text.length, first + HIDDEN_AT_ONCE);
        try (StepScope scope = new StepScope()) {
          nats += nats(w, text, first, last);
        }
      }
      predictions.add(Prediction.of(Math.exp(nats / text.length)));
    }
    return predictions;
  }

  /** The sum of the losses of some tokens of a text, each hidden alone. */
  private double nats(Weights w, int[] text, int first, int last) {
    List<Row> rows = new ArrayList<>();
    for (int place = first; place < last; place++) {
      int[] shown = text.clone();
      shown[place] = masking.vocabulary();
      int[] hidden = new int[text.length];
      Arrays.fill(hidden, Batch.IGNORED);
      hidden[place] = text[place];
      rows.add(new Row(Map.of(Column.TEXT, Ids.of(shown), Masking.HIDDEN, Ids.of(hidden))));
    }
    Batch each = Batch.of(rows, List.of(Column.TEXT, Masking.HIDDEN), Masking.HIDDEN, text.length);
    Tensor scores = scores(w, each, Pass.reading());
    return CrossEntropy.sum(scores, targets(each), CrossEntropy.ALIKE, w.device());
  }

  @Override
  public long predictions(double[] sums) {
    return (long) sums[TOKENS];
  }

  @Override
  public Goal goal() {
    return new Goal(LOSS, false);
  }

  @Override
  public String predictions() {
    return "tokens";
  }

  @Override
  long scoresOfRow(long length) {
    return (masking.vocabulary() + 1L) * masking.hidden(length);
  }
}
