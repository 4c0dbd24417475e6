package io.chorale.model;

import io.chorale.config.Settings;
import io.chorale.config.TrainSettings;
import io.chorale.data.Batch;
import io.chorale.data.Ids;
import io.chorale.tensor.Products;
import java.util.Optional;
import java.util.OptionalDouble;
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
    LinearCrossEntropy loss = loss(w, w.products().orElseThrow());
    Targets counted = Targets.of(w, targets);
    if (loss.busy() || counted.number() == 0) {
      return Optional.empty();
    }
    return Optional.of(
        loss.mean(hidden, counted.classes(), counted.counts(), counted.number(), pass));
  }

  /**
   * The sum of the negative log-likelihood, as {@link #crossEntropy} takes it, without a way back:
   * where there are products that autograd does not see.
   *
   * @return in nats, added in double precision; nothing where the scores must be computed first
   */
  public OptionalDouble crossEntropySum(Weights w, Tensor hidden, Ids targets) {
    if (w.products().isEmpty()) {
      return OptionalDouble.empty();
    }
    LinearCrossEntropy loss = loss(w, w.products().orElseThrow());
    Targets counted = Targets.of(w, targets);
    return OptionalDouble.of(loss.sum(hidden, counted.classes(), counted.counts()));
  }

  private LinearCrossEntropy loss(Weights w, Products products) {
    return w.hold(
        layer.matrix().name() + " cross-entropy", () -> new LinearCrossEntropy(w, products, layer));
  }

  /**
   * The targets of rows, as {@link LinearCrossEntropy} takes them.
   *
   * @param number how many count
   */
  private record Targets(Tensor classes, Tensor counts, long number) {
    static Targets of(Weights w, Ids targets) {
      int[] ids = targets.values();
      int[] classes = new int[ids.length];
      float[] counts = new float[ids.length];
      long number = 0;
      for (int i = 0; i < ids.length; i++) {
        boolean counted = ids[i] != Batch.IGNORED;
        classes[i] = counted ? ids[i] : 0;
        counts[i] = counted ? 1 : 0;
        number += counted ? 1 : 0;
      }
      return new Targets(
          w.device().ids(classes), w.device().numbers(counts, counts.length, 1), number);
    }
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

  /**
   * Floats that {@link #crossEntropySum} holds, or what takes its place.
   *
   * @param train what says by whose kernels it is computed
   */
  public long madeByCrossEntropySum(TrainSettings train, long rows) {
    long classes = layer.matrix().shape()[0];
    return Products.expectedOfReading(train)
        ? LinearCrossEntropy.read(rows, classes, layer.matrix().shape()[1])
        : 2 * rows * classes; // scores and their softmax
  }

  /** Scores [..., out] of vectors [..., in]. */
  public Tensor forward(Weights w, Tensor x) {
    return layer.forward(w, x);
  }
}
