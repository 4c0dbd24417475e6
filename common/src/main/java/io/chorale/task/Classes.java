package io.chorale.task;

import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.Ids;
import io.chorale.data.Schema;
import io.chorale.model.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Loss and measures of a choice among classes. */
final class Classes {
  private final List<String> labels;
  private final float[] weights; // [K]; none where all classes count alike

  private Classes(List<String> labels, float[] weights) {
    this.labels = labels;
    this.weights = weights;
  }

  /**
   * The classes of a column.
   *
   * @param holder of the column, for messages
   * @param use what needs it, for messages
   * @param otherwise what to do where it has none, for messages
   */
  static Classes of(
      Settings settings,
      Schema schema,
      String holder,
      String use,
      Column column,
      String otherwise) {
    int count = column.size();
    if (count < 2) {
      throw new SettingsException(
          "Cannot use %s for %s: its column %s has %s, expected at least two classes. %s"
              .formatted(
                  holder,
                  use,
                  column.name(),
                  count == 0 ? "real numbers" : "one class",
                  otherwise));
    }
    List<Long> counts = schema.facts(column.name()).counts();
    if (settings.task().balanced() && counts.isEmpty()) {
      throw new SettingsException(
          "Cannot use task.class-weights balanced with %s: nobody has counted the labels of its column %s, expected how often its training split has each. Tokenize the corpus again, or give a number for each label."
              .formatted(holder, column.name()));
    }
    float[] weights = settings.task().balanced() ? balanced(counts) : settings.task().weights();
    if (weights.length != 0 && weights.length != count) {
      throw new SettingsException(
          "task.class-weights must be %d numbers, one for each label of the column %s of %s (got: %d)."
              .formatted(count, column.name(), holder, weights.length));
    }
    List<String> known = schema.facts(column.name()).labels();
    return new Classes(
        known.isEmpty() ? IntStream.range(0, count).mapToObj(String::valueOf).toList() : known,
        weights);
  }

  /**
   * Weights by which each class has the same share of the loss: all / (K · those of the class). One
   * that does not occur weighs as if it did once.
   */
  private static float[] balanced(List<Long> counts) {
    double all = counts.stream().mapToLong(count -> count).sum();
    float[] weights = new float[counts.size()];
    for (int label = 0; label < weights.length; label++) {
      weights[label] = (float) (all / (weights.length * (double) Math.max(1, counts.get(label))));
    }
    return weights;
  }

  /** K. */
  int count() {
    return labels.size();
  }

  /**
   * The mean loss over all that is predicted, each weighted by its class.
   *
   * @param scores [N, K]
   * @param targets N classes; {@link Batch#IGNORED} does not count
   */
  Tensor loss(Weights w, Tensor scores, Ids targets, long predictions) {
    return weights.length == 0
        ? CrossEntropy.mean(scores, targets, w.device())
        : CrossEntropy.weighted(scores, targets, weights, predictions, w.device());
  }

  /** The likeliest class of each of N, by its label; of equally likely ones the first. */
  List<String> best(Tensor scores) {
    long[] best = new long[(int) scores.size(0)];
    scores.argmax(new LongOptional(1), false).cpu().contiguous().data_ptr_long().get(best);
    return Arrays.stream(best).mapToObj(number -> labels.get((int) number)).toList();
  }

  /** The likeliest class of each of N, and the probabilities of all by their labels. */
  List<Prediction> predict(Tensor scores) {
    List<String> best = best(scores);
    Tensor softmax = torch.softmax(scores.to(torch.ScalarType.Double), 1);
    double[] probabilities = new double[best.size() * count()];
    softmax.cpu().contiguous().data_ptr_double().get(probabilities);
    List<Prediction> predictions = new ArrayList<>();
    for (int i = 0; i < best.size(); i++) {
      Map<String, Double> byLabel = new LinkedHashMap<>();
      for (int label = 0; label < count(); label++) {
        byLabel.put(labels.get(label), probabilities[i * count() + label]);
      }
      predictions.add(Prediction.of(best.get(i), byLabel));
    }
    return predictions;
  }

  /** Sums for {@link #read} and {@link #confusion}, of scores as for {@link #loss}. */
  double[] measure(Weights w, Tensor scores, Ids targets) {
    double nats = CrossEntropy.sum(scores, targets, weights, w.device());
    ClassCounts counts = new ClassCounts(count(), nats);
    Tensor best = scores.argmax(new LongOptional(1), false).cpu();
    for (int i = 0; i < targets.values().length; i++) {
      counts.add(targets.values()[i], (int) best.data_ptr_long().get(i));
    }
    return counts.sums();
  }

  Map<String, Double> read(double[] sums) {
    return new ClassCounts(count(), sums).measures();
  }

  long predictions(double[] sums) {
    return new ClassCounts(count(), sums).predictions();
  }

  Task.Confusion confusion(double[] sums) {
    ClassCounts counts = new ClassCounts(count(), sums);
    return new Task.Confusion(labels, counts.f1(), counts.matrix());
  }
}
