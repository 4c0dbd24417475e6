package io.chorale.model;

import io.chorale.tensor.Operand;
import io.chorale.tensor.Products;
import io.chorale.tensor.StepScope;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The mean negative log-likelihood of classes under the softmax of a linear layer's scores, and its
 * way back, some rows at a time: the scores of all rows are never there at once. The gradients are
 * computed with the loss, from scores that are there already (Hsu et al., "Liger Kernel", 2024), so
 * that none are computed twice; the loss must be what the way back begins from.
 */
final class LinearCrossEntropy implements AutoCloseable {
  /** Scores that are there at once: 16 MB of them, which stay in a processor's cache. */
  private static final long AT_ONCE = 1 << 22;

  private static final long[] ROWS = {0};
  private static final long[] UNITS = {1};

  private final Weights w;
  private final Products products;
  private final Linear layer;
  private final Buffers floats;
  private final Buffers factors;
  private boolean busy;

  /** A loss over memory that every step uses again. */
  LinearCrossEntropy(Weights w, Products products, Linear layer) {
    this.w = w;
    this.products = products;
    this.layer = layer;
    this.floats = new Buffers(w.flat().values());
    this.factors = new Buffers(w.factors().values());
  }

  /** Floats that it holds for rows of so many classes, and what it reads. */
  static long kept(long rows, long classes, long width) {
    // Scores and their gradients in the type of the matrix; what is read, and its gradient.
    return 2 * Math.min(rows * classes, AT_ONCE + classes) + 2 * rows * width;
  }

  /** Floats that it holds where there is no way back. */
  static long read(long rows, long classes, long width) {
    return Math.min(rows * classes, AT_ONCE + classes) + rows * width;
  }

  /** Whether a way back is still to come that needs the memory. */
  boolean busy() {
    return busy;
  }

  /**
   * The mean over the rows that count; adds to the gradients of the layer.
   *
   * @param hidden [N, C]
   * @param targets int64 [N], each below K; those of rows that do not count may be any class
   * @param counts 1 for rows that count and 0 for others [N, 1]
   * @param number how many count
   * @return a scalar
   */
  Tensor mean(Tensor hidden, Tensor targets, Tensor counts, long number, Pass pass) {
    Tensor ofHidden;
    double sum;
    try (NoGradGuard guard = new NoGradGuard()) {
      ofHidden = floats.get("of.hidden", hidden.size(0), layer.matrix().shape()[1]);
      sum = pieces(hidden, targets, counts, piece -> ofPiece(piece, number, ofHidden));
    }
    busy = true;
    pass.tape().whenDone(() -> busy = false);
    Tensor loss = torch.full(new long[0], new Scalar(sum / number), ofHidden.options());
    return pass.tape()
        .cut(List.of(hidden), List.of(loss), gradients -> back(gradients.get(0), ofHidden))
        .get(0);
  }

  /**
   * The sum over the rows that count, as {@link #mean} takes them, without a way back.
   *
   * @return in nats, added up in double precision
   */
  double sum(Tensor hidden, Tensor targets, Tensor counts) {
    return pieces(hidden, targets, counts, piece -> {});
  }

  /**
   * Some rows.
   *
   * @param begin the first of them
   * @param x [n, C]
   * @param targets [n, 1]
   * @param counts [n, 1]
   * @param scores [n, K], at last their softmax
   */
  private record Piece(long begin, Tensor x, Tensor targets, Tensor counts, Tensor scores) {}

  /** The sum of the losses of all rows, some at a time; what is done with each piece follows it. */
  private double pieces(Tensor hidden, Tensor targets, Tensor counts, Consumer<Piece> after) {
    long rows = hidden.size(0);
    long classes = layer.matrix().shape()[0];
    Tensor x = factors.get("hidden", rows, layer.matrix().shape()[1]);
    x.copy_(hidden.detach());
    long pieces = Math.max(1, (rows * classes + AT_ONCE - 1) / AT_ONCE);
    long most = (rows + pieces - 1) / pieces;
    double sum = 0;
    for (long begin = 0; begin < rows; begin += most) {
      long size = Math.min(most, rows - begin);
      try (StepScope scope = new StepScope()) {
        Piece piece =
            new Piece(
                begin,
                x.narrow(0, begin, size),
                targets.narrow(0, begin, size).unsqueeze(1),
                counts.narrow(0, begin, size),
                floats.get("scores", most, classes).narrow(0, 0, size));
        sum += losses(piece);
        after.accept(piece);
      }
    }
    return sum;
  }

  /** The sum of the losses of some rows; their scores are turned into a softmax. */
  private double losses(Piece piece) {
    List<Operand> summands = new ArrayList<>();
    if (layer.bias() != null) {
      summands.add(Place.row(w.get(layer.bias())));
    }
    Tensor scores = piece.scores();
    Tensor counts = piece.counts();
    Operand score = Operand.of(scores);
    Operand read = Operand.of(piece.x());
    Operand turned = Operand.of(matrix().t());
    Products.Form form = Products.Form.with(summands);
    products.multiply(read, turned, score, form);
    products.softmax(score, score);
    Tensor losses = scores.gather(1, piece.targets()).log_().neg_();
    if (!Double.isFinite(losses.mul(counts).sum().item_float())) {
      // A probability that float32 cannot hold, or scores that are no numbers.
      products.multiply(read, turned, score, form);
      losses = torch.logsumexp(scores, UNITS, true).sub_(scores.gather(1, piece.targets()));
      products.softmax(score, score);
    }
    return losses.mul(counts).sum(new ScalarTypeOptional(torch.ScalarType.Double)).item_double();
  }

  private Tensor matrix() {
    return w.product(layer.matrix()).detach();
  }

  /**
   * Adds to the gradients of the layer, where it is trained, and puts that of what some rows read
   * where it goes.
   */
  private void ofPiece(Piece piece, long number, Tensor ofHidden) {
    Tensor scores = piece.scores();
    Tensor minus = torch.full(piece.targets().sizes(), new Scalar(-1), scores.options());
    scores.scatter_add_(1, piece.targets(), minus);
    scores.mul_(piece.counts().div(new Scalar((double) number)));
    Tensor ofScores = scores;
    Tensor matrix = matrix();
    if (matrix.scalar_type().intern() != torch.ScalarType.Float) {
      ofScores = factors.get("of.scores", scores.size(0), scores.size(1));
      ofScores.copy_(scores);
    }
    if (w.trains(layer.matrix())) {
      products.multiply(
          Operand.of(ofScores.t()),
          Operand.of(piece.x()),
          Operand.of(w.get(layer.matrix()).grad()),
          Products.Form.ADDED);
    }
    if (layer.bias() != null && w.trains(layer.bias())) {
      w.get(layer.bias()).grad().add_(scores.sum(ROWS, false, new ScalarTypeOptional()));
    }
    Tensor ofX = ofHidden.narrow(0, piece.begin(), scores.size(0));
    products.multiply(Operand.of(ofScores), Operand.of(matrix), Operand.of(ofX));
  }

  private static List<Tensor> back(Tensor gradient, Tensor ofHidden) {
    if (gradient.item_float() != 1) {
      throw new IllegalStateException("a loss whose way back has been gone must be the last value");
    }
    return List.of(ofHidden.detach());
  }

  @Override
  public void close() {
    floats.close();
    factors.close();
  }
}
