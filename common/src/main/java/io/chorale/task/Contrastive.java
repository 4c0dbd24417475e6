package io.chorale.task;

import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.TaskSettings.Pooling;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.Ids;
import io.chorale.data.Preparation;
import io.chorale.data.Row;
import io.chorale.data.RowBatches;
import io.chorale.data.Schema;
import io.chorale.data.ShardFacts;
import io.chorale.data.Values;
import io.chorale.io.FloatVector;
import io.chorale.model.Backbone;
import io.chorale.model.Pass;
import io.chorale.model.Pool;
import io.chorale.model.State;
import io.chorale.model.Weights;
import io.chorale.tensor.FlatTensors;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Contrastive learning of vectors of texts without labels (Gao et al., "SimCSE", arXiv 2104.08821):
 * a text is read twice, with other dropout, and its two vectors, the means of its states, shall be
 * nearer to each other than to those of the other texts of the batch. The loss is the cross-entropy
 * of the cosines, divided by a temperature, of each text's first vector and all second ones.
 *
 * <p>What is measured must not depend on which texts are beside a text. So an evaluation tells,
 * without dropout, the mean cosine of the vectors of a text's even and odd tokens (own), and the
 * mean cosine of all pairs of texts (others), which follows from the sum of the vectors made as
 * long as 1; the loss is others less own. A text of one token has no own cosine.
 */
final class Contrastive extends RowTask {
  private static final String USE = "contrastive learning";

  /** A prediction of each row. */
  private static final String ROW = "row";

  // Places among the sums; behind them the sum of unit vectors.
  private static final int ROWS = 0;
  private static final int OWN = 1;
  private static final int OWN_ROWS = 2;
  private static final int UNITS = 3;

  private static final Preparation COUNTED =
      new Preparation() {
        @Override
        public Row prepare(Row row, long... seeds) {
          Map<String, Values> cells = new HashMap<>(row.cells());
          cells.put(ROW, Ids.of(0));
          return new Row(cells);
        }

        @Override
        public long predictions(ShardFacts shard, String target) {
          return shard.rows();
        }
      };

  private final double temperature;
  private final Pool mean;

  Contrastive(Settings settings, Schema schema, String holder) {
    super(
        settings,
        schema.require(holder, USE, Column.TEXT, Column.Kind.IDS),
        Backbone.Form.BOTH_WAYS,
        RowBatches.of(List.of(Column.TEXT), ROW, settings.train(), COUNTED));
    if (settings.model().dropout() == 0) {
      throw new SettingsException(
          "model.dropout must be above 0 for task.kind contrastive, since it alone tells a text's two vectors apart (got: 0.0)");
    }
    temperature = settings.contrastive().temperature();
    mean = Pool.of(slots, "", Pooling.MEAN, encoder); // which has no parameters
  }

  /** A vector of length 1 for each row [B, W]. */
  private Tensor units(Weights w, Batch batch, Pass pass) {
    Encoded rows = encode(w, batch, pass);
    Tensor vectors = mean.forward(w, rows.output(), rows.lengths());
    Tensor norms = vectors.mul(vectors).sum(1).sqrt().clamp_min(new Scalar(1e-12)).unsqueeze(1);
    return vectors.div(norms);
  }

  /** Rows of texts. */
  private Batch texts(List<int[]> texts) {
    List<Row> rows = texts.stream().map(ids -> new Row(Map.of(Column.TEXT, Ids.of(ids)))).toList();
    return Batch.of(rows, List.of(Column.TEXT), "", longest());
  }

  private static List<int[]> texts(Batch batch) {
    Ids texts = batch.ids(Column.TEXT);
    return IntStream.range(0, batch.rows())
        .mapToObj(
            row ->
                IntStream.range(0, texts.lengths()[row])
                    .map(i -> texts.values()[row * texts.length() + i])
                    .toArray())
        .toList();
  }

  @Override
  public Loss loss(Weights w, Batch batch, State before, Pass pass) {
    List<int[]> texts = texts(batch);
    List<int[]> twice = new ArrayList<>(texts);
    twice.addAll(texts);
    Tensor units = units(w, texts(twice), pass); // [2B, W]
    long rows = batch.rows();
    Tensor cosines = units.narrow(0, 0, rows).matmul(units.narrow(0, rows, rows).t()); // [B, B]
    Ids own = Ids.of(IntStream.range(0, batch.rows()).toArray());
    Tensor scores = cosines.div(new Scalar(temperature));
    return new Loss(CrossEntropy.mean(scores, own, w.device()), State.NONE);
  }

  @Override
  public Sums measure(Weights w, Batch batch, State before) {
    List<int[]> texts = texts(batch);
    double[] sums = new double[UNITS + encoder.width()];
    FloatVector units = flat(units(w, texts(texts), Pass.reading()));
    for (long i = 0; i < units.length(); i++) {
      sums[UNITS + (int) (i % encoder.width())] += units.get(i);
    }
    sums[ROWS] = batch.rows();
    List<int[]> halves = new ArrayList<>();
    for (int first : new int[] {0, 1}) {
      texts.stream()
          .filter(text -> text.length > 1)
          .forEach(
              text ->
                  halves.add(
                      IntStream.range(0, text.length)
                          .filter(i -> i % 2 == first)
                          .map(i -> text[i])
                          .toArray()));
    }
    int pairs = halves.size() / 2;
    if (pairs > 0) {
      FloatVector of = flat(units(w, texts(halves), Pass.reading()));
      long half = of.length() / 2;
      for (long i = 0; i < half; i++) {
        sums[OWN] += (double) of.get(i) * of.get(half + i);
      }
      sums[OWN_ROWS] = pairs;
    }
    return new Sums(sums, State.NONE);
  }

  private static FloatVector flat(Tensor units) {
    return FlatTensors.read(units.contiguous().flatten());
  }

  @Override
  public Map<String, Double> read(double[] sums, long bytes) {
    double rows = sums[ROWS];
    double square = 0; // of the sum of unit vectors: all pairs' cosines, and 1 for each row itself
    for (int k = UNITS; k < sums.length; k++) {
      square += sums[k] * sums[k];
    }
    double others = rows > 1 ? (square - rows) / (rows * (rows - 1)) : 0;
    double own = sums[OWN_ROWS] > 0 ? sums[OWN] / sums[OWN_ROWS] : 0;
    Map<String, Double> measures = new LinkedHashMap<>();
    measures.put(LOSS, others - own);
    measures.put("own_cosine", own);
    measures.put("others_cosine", others);
    return measures;
  }

  @Override
  public List<Output> outputs() {
    return List.of(Output.vector(RowVectors.VECTOR, encoder.width()));
  }

  /** The vector of each text, as long as 1. */
  @Override
  List<Prediction> predict(Weights w, Batch batch) {
    FloatVector units = flat(units(w, batch, Pass.reading()));
    int width = encoder.width();
    return IntStream.range(0, batch.rows())
        .mapToObj(
            row -> {
              float[] vector = new float[width];
              for (int k = 0; k < width; k++) {
                vector[k] = units.get((long) row * width + k);
              }
              return Prediction.of(vector);
            })
        .toList();
  }

  @Override
  public long predictions(double[] sums) {
    return (long) sums[ROWS];
  }

  @Override
  public Goal goal() {
    return new Goal(LOSS, false);
  }

  @Override
  public String predictions() {
    return "rows";
  }

  @Override
  long scoresOfRow(long length) {
    return encoder.width();
  }

  /** Each row is read twice. */
  @Override
  public long keptByStep(long rows, long length) {
    return super.keptByStep(2 * rows, length) + 4 * rows * rows;
  }
}
