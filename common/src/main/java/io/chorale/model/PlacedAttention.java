package io.chorale.model;

import io.chorale.tensor.Operand;
import io.chorale.tensor.Products;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Attention in many heads at a {@link Place}, and its way back: softmax(q k' / sqrt(C/H)) v. It
 * keeps the softmax [B, H, T, S] for the way back; queries, keys and values are read where linear
 * layers have put them, and their gradients put beside each other likewise.
 */
final class PlacedAttention {
  private final Products products;
  private final Products.Form scaled;
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

  /** Queries, keys and values as heads [B, H, T, C/H], or their gradients. */
  record Heads(Tensor q, Tensor k, Tensor v) {}

  /**
   * An attention.
   *
   * @param name of the memory of the softmax
   * @param mask what is added to scores, broadcast to [B, H, T, S]; null for nothing
   * @param y where the means go, as heads
   * @param of where the gradients go
   * @param ofY where the gradient of y will be, as heads
   */
  PlacedAttention(
      Place at, String name, Heads heads, Operand mask, Tensor y, Heads of, Tensor ofY) {
    this.products = at.products();
    double scale = 1 / Math.sqrt(heads.q().size(3));
    this.scaled = Products.Form.scaled(scale);
    this.scores = mask == null ? scaled : new Products.Form((float) scale, List.of(mask), false);
    this.q = Operand.of(heads.q());
    this.k = Operand.of(heads.k());
    this.turnedK = Operand.of(heads.k().transpose(2, 3));
    this.v = Operand.of(heads.v());
    this.turnedV = Operand.of(heads.v().transpose(2, 3));
    long[] shape = {heads.q().size(0), heads.q().size(1), heads.q().size(2), heads.k().size(2)};
    this.score = Operand.of(at.floats().get("scores", shape));
    Tensor kept = at.factors().get(name + ".weights", shape);
    this.weights = Operand.of(kept);
    this.turnedWeights = Operand.of(kept.transpose(2, 3));
    Tensor back = at.factors().get("weights.gradient", shape);
    this.ofWeights = Operand.of(back);
    this.turnedOfWeights = Operand.of(back.transpose(2, 3));
    this.y = Operand.of(y);
    this.ofY = Operand.of(ofY);
    this.ofQ = Operand.of(of.q());
    this.ofK = Operand.of(of.k());
    this.ofV = Operand.of(of.v());
  }

  void forward() {
    products.multiply(q, turnedK, score, scores);
    products.softmax(score, weights);
    products.multiply(weights, v, y);
  }

  void backward() {
    products.multiply(ofY, turnedV, ofWeights);
    products.multiply(turnedWeights, ofY, ofV);
    products.softmaxBackward(weights, ofWeights, ofWeights);
    products.multiply(ofWeights, k, ofQ, scaled);
    products.multiply(turnedOfWeights, q, ofK, scaled);
  }
}
