package io.chorale.model;

import io.chorale.config.Settings;
import io.chorale.config.TrainSettings;
import io.chorale.data.Batch;
import io.chorale.data.Ids;
import io.chorale.tensor.Products;
import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** A linear layer that turns vectors into scores of classes or tokens. */
public final class Head {
  private final Linear layer;

  private Head(Linear layer) {
    this.layer = layer;
  }

  /**
   * A head with a matrix and a bias of its own.
   *
   * @param name of the layer, without {@code .weight} and {@code .bias}
   * @param in width of the vectors
   * @param out number of scores
   */
  public static Head of(Slots slots, String name, Settings settings, int in, int out) {
    return new Head(Linear.of(slots, name, Surroundings.of(settings).head(), out, in, true));
  }

  /**
   * A head over a vocabulary, which may share the embedding's table (Press and Wolf, 2017).
   *
   * @param name of the layer, without {@code .weight} and {@code .bias}
   * @param in width of the vectors
   * @param entries V
   */
  public static Head overVocabulary(
      Slots slots, String name, Settings settings, Embedding embedding, int in, int entries) {
    Surroundings around = Surroundings.of(settings);
    Slot matrix =
        settings.model().tiedHead()
            ? embedding.table()
            : slots.add(name + ".weight", around.head(), entries, in);
    Slot bias = around.headBiased() ? slots.add(name + ".bias", Init.ZERO, entries) : null;
    return new Head(new Linear(matrix, bias));
  }

  /**
   * The mean negative log-likelihood of classes under the softmax of the scores, without ever
   * holding the scores of all rows: where there is a way back, and products that autograd does not
   * see. The loss must be what the way back begins from.
   *
   * @param hidden [N, in]
   * @param targets N classes; {@link Batch#IGNORED} does not count
   * @return a scalar; nothing where the scores must be computed first
   */
  public Optional<Tensor> crossEntropy(Weights w, Tensor hidden, Ids targets, Pass pass) {
    if (w.products().isEmpty() || !pass.tape().recording()) {
      return Optional.empty();
    }
    LinearCrossEntropy loss =
        w.hold(
            layer.matrix().name() + " cross-entropy",
            () -> new LinearCrossEntropy(w, w.products().orElseThrow(), layer));
    int[] ids = targets.values();
    long number = Arrays.stream(ids).filter(id -> id != Batch.IGNORED).count();
    if (loss.busy() || number == 0) {
      return Optional.empty();
    }
    int[] classes = new int[ids.length];
    float[] counts = new float[ids.length];
    for (int i = 0; i < ids.length; i++) {
      boolean counted = ids[i] != Batch.IGNORED;
      classes[i] = counted ? ids[i] : 0;
      counts[i] = counted ? 1 : 0;
    }
    Tensor counted = w.device().numbers(counts, counts.length, 1);
    return Optional.of(loss.mean(hidden, w.device().ids(classes), counted, number, pass));
  }

  /**
   * Floats that a training step keeps for the way back of a cross-entropy of so many rows.
   *
   * @param train what says by whose kernels it is computed
   */
  public long keptByCrossEntropy(TrainSettings train, long rows) {
    long classes = layer.matrix().shape()[0];
    return Products.expected(train)
        ? LinearCrossEntropy.kept(rows, classes, layer.matrix().shape()[1])
        : 4 * rows * classes; // scores, their softmax, and the gradients of both
  }

  /** Scores [..., out] of vectors [..., in]. */
  public Tensor forward(Weights w, Tensor x) {
    return layer.forward(w, x);
  }
}
