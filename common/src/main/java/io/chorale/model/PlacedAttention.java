package io.chorale.model;

import io.chorale.tensor.Operand;
import io.chorale.tensor.Products;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Attention in many heads at a {@link Place}, and its way back: softmax(q k' / sqrt(C/H)) v. It
 * keeps the softmax for the way back; queries, keys and values are read where linear layers have
 * put them, and their gradients put beside each other likewise.
 *
 * <p>Where a step sees none after it, queries are taken some at a time, with the keys up to the
 * last of them: so of long rows nearly half of the products are left out.
 */
final class PlacedAttention {
  /** Queries that are taken at a time: fewer would leave out more, by products too small to pay. */
  private static final long QUERIES = 64;

  private final Products products;
  private final Products.Form scaled;
  private final long largest; // pairs of a head in one part
  private final List<Part> parts = new ArrayList<>(); // the one with all keys first

  /** Queries that are taken at a time, of rows of that length. */
  static long queries(long length, boolean left) {
    return left ? Math.min(QUERIES, length) : length;
  }

  /** Keys that a query is multiplied with, in the mean: at most, of rows of that length. */
  static long keys(long length, boolean left) {
    return left ? (length + queries(length, true) + 1) / 2 : length;
  }

  /** Queries, keys and values as heads [B, H, T, C/H], or their gradients. */
  record Heads(Tensor q, Tensor k, Tensor v) {
    /** Some queries, and the keys and values up to the last of them. */
    Heads upTo(long begin, long end) {
      return new Heads(q.narrow(2, begin, end - begin), k.narrow(2, 0, end), v.narrow(2, 0, end));
    }
  }

  /**
   * An attention.
   *
   * @param name of the memory of the softmax
   * @param left whether a query looks at no key after its own place
   * @param padding what is added to scores, broadcast to [B, H, T, S]; null for nothing, and where
   *     a query looks left alone
   * @param y where the means go, as heads
   * @param of where the gradients go
   * @param ofY where the gradient of y will be, as heads
   */
  PlacedAttention(
      Place at,
      String name,
      Heads heads,
      boolean left,
      Operand padding,
      Tensor y,
      Heads of,
      Tensor ofY) {
    products = at.products();
    scaled = Products.Form.scaled(1 / Math.sqrt(heads.q().size(3)));
    long length = heads.q().size(2);
    long most = queries(length, left);
    largest = most * length;
    for (long end = length; end > 0; end -= most) {
      long begin = Math.max(0, end - most);
      parts.add(
          new Part(
              at,
              name + "." + begin,
              heads.upTo(begin, end),
              left ? left(at, heads, begin, end) : padding,
              y.narrow(2, begin, end - begin),
              of.upTo(begin, end),
              ofY.narrow(2, begin, end - begin)));
    }
  }

  /**
   * The causal mask of some queries, once for each head, or row: {@link Products} broadcasts no
   * further.
   */
  private static Operand left(Place at, Heads all, long begin, long end) {
    long heads = all.q().size(1);
    long rows = heads == 1 ? all.q().size(0) : 1;
    Tensor mask = at.floats().get("left." + begin, rows, heads, end - begin, end);
    mask.fill_(new Scalar(Double.NEGATIVE_INFINITY)).triu_(begin + 1);
    return Operand.of(mask);
  }

  void forward() {
    parts.forEach(Part::forward);
  }

  void backward() {
    for (Part part : parts) {
      part.backward(part == parts.get(0));
    }
  }

  /** Some queries with the keys that they see. */
  private final class Part {
    private final Products.Form scores;
    private final Operand q;
    private final Operand k;
    private final Operand turnedK;
    private final Operand turnedV;
    private final Operand v;
    private final Operand score;
    private final Operand weights;
    private final Operand turnedWeights;
    private final Operand ofWeights; // then of scores
    private final Operand turnedOfWeights;
    private final Operand y;
    private final Operand ofY;
    private final Operand ofQ;
    private final Operand ofK;
    private final Operand ofV;

    Part(Place at, String name, Heads heads, Operand mask, Tensor y, Heads of, Tensor ofY) {
      scores = mask == null ? scaled : new Products.Form(scaled.scale(), List.of(mask), false);
      q = Operand.of(heads.q());
      k = Operand.of(heads.k());
      turnedK = Operand.of(heads.k().transpose(2, 3));
      v = Operand.of(heads.v());
      turnedV = Operand.of(heads.v().transpose(2, 3));
      long[] shape = {heads.q().size(0), heads.q().size(1), heads.q().size(2), heads.k().size(2)};
      Tensor kept = at.factors().get(name + ".weights", shape);
      weights = Operand.of(kept);
      turnedWeights = Operand.of(kept.transpose(2, 3));
      score = at.rounds() ? Operand.of(shared(at.floats(), "scores", shape)) : weights;
      Tensor back = shared(at.factors(), "of.weights", shape);
      ofWeights = Operand.of(back);
      turnedOfWeights = Operand.of(back.transpose(2, 3));
      this.y = Operand.of(y);
      this.ofY = Operand.of(ofY);
      ofQ = Operand.of(of.q());
      ofK = Operand.of(of.k());
      ofV = Operand.of(of.v());
    }

    /** Memory that all parts of all blocks have for a while, as large as the largest one needs. */
    private Tensor shared(Buffers buffers, String name, long[] shape) {
      long size = shape[0] * shape[1] * shape[2] * shape[3];
      return buffers.get(name, shape[0] * shape[1] * largest).narrow(0, 0, size).view(shape);
    }

    void forward() {
      products.multiply(q, turnedK, score, scores);
      products.softmax(score, weights);
      products.multiply(weights, v, y);
    }

    /**
     * Goes back.
     *
     * @param first whether gradients of keys and values are put where they go, rather than added
     */
    void backward(boolean first) {
      products.multiply(ofY, turnedV, ofWeights);
      products.multiply(turnedWeights, ofY, ofV, new Products.Form(1, List.of(), !first));
      products.softmaxBackward(weights, ofWeights, ofWeights);
      products.multiply(ofWeights, k, ofQ, scaled);
      products.multiply(
          turnedOfWeights, q, ofK, new Products.Form(scaled.scale(), List.of(), !first));
    }
  }
}
