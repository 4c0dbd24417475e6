package io.chorale.model;

import io.chorale.tensor.Operand;
import io.chorale.tensor.Products;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * Attention in many heads at a {@link Place}, and its way back: softmax(q k' / sqrt(D)) v. Queries,
 * keys and values are read where linear layers have put them, and their gradients put beside each
 * other likewise.
 *
 * <p>Queries are taken some at a time. Where a step sees none after it, they are multiplied with
 * the keys up to the last of them alone: so of long rows nearly half of the products are left out.
 * The softmaxes of rows that are not too long are kept for the way back; others are computed again.
 */
final class PlacedAttention {
  /** Queries that are taken at a time: fewer would leave out more, by products too small to pay. */
  private static final long QUERIES = 64;

  /**
   * Steps for each unit of a head up to which softmaxes are kept: they are then at most so many
   * times as large as what a block has read.
   */
  private static final int MOST_STEPS_OF_A_UNIT = 8;

  private final Products products;
  private final Products.Form scaled;
  private final Optional<PlacedGroups> groups; // of queries that share keys and values
  private final long largest; // pairs of a head in one part
  private final List<Part> parts = new ArrayList<>(); // the one with all keys first

  /** Whether the softmaxes of rows of that length are kept, with heads of so many units. */
  static boolean keeps(long length, long units) {
    return length <= MOST_STEPS_OF_A_UNIT * units;
  }

  /** Queries that are taken at a time, of rows of that length. */
  static long queries(long length) {
    return Math.min(QUERIES, length);
  }

  /** Keys that a query is multiplied with, in the mean: at most, of rows of that length. */
  static long keys(long length, boolean left) {
    return left ? (length + queries(length) + 1) / 2 : length;
  }

  /**
   * How queries are taken.
   *
   * @param length how many there are
   * @param left whether none looks at a key after its own place
   * @param keys S
   */
  static List<PlacedMask.Queries> parts(long length, boolean left, long keys) {
    List<PlacedMask.Queries> parts = new ArrayList<>();
    long most = queries(length);
    for (long end = length; end > 0; end -= most) {
      parts.add(new PlacedMask.Queries(Math.max(0, end - most), end, left ? end : keys));
    }
    return parts;
  }

  /** Queries [B, H, T, D], keys and values [B, K, S, D]; or their gradients. */
  record Heads(Tensor q, Tensor k, Tensor v) {
    /** Some queries, and the keys and values that they see. */
    Heads of(PlacedMask.Queries some) {
      return new Heads(queries(q, some), k.narrow(2, 0, some.keys()), v.narrow(2, 0, some.keys()));
    }

    private static Tensor queries(Tensor of, PlacedMask.Queries some) {
      return of.narrow(2, some.begin(), some.count());
    }
  }

  /**
   * An attention.
   *
   * @param block whose part it is
   * @param name of the part, for its memory
   * @param mask of what queries do not see
   * @param y where the means go, as heads [B, H, T, D]
   * @param of where the gradients of the heads go; null where there is no way back
   */
  PlacedAttention(
      Place at, String block, String name, Heads heads, PlacedMask mask, Place.Value y, Heads of) {
    products = at.products();
    scaled = Products.Form.scaled(1 / Math.sqrt(heads.q().size(3)));
    largest = queries(heads.q().size(2)) * heads.k().size(2);
    boolean kept = at.back() && keeps(heads.k().size(2), heads.q().size(3));
    groups =
        heads.k().size(1) == heads.q().size(1)
            ? Optional.empty()
            : Optional.of(new PlacedGroups(at, name, heads, of));
    Heads each = groups.map(PlacedGroups::repeated).orElse(heads);
    Heads ofEach = groups.map(PlacedGroups::ofRepeated).orElse(of);
    for (PlacedMask.Queries some : mask.queries()) {
      parts.add(new Part(at, block, name, kept, some, each.of(some), mask.of(some), y, ofEach));
    }
  }

  void forward() {
    groups.ifPresent(PlacedGroups::repeat);
    parts.forEach(Part::forward);
  }

  void backward() {
    groups.ifPresent(PlacedGroups::repeat);
    for (Part part : parts) {
      part.backward(part == parts.get(0));
    }
    groups.ifPresent(PlacedGroups::sum);
  }

  /** Some queries with the keys that they see. */
  private final class Part {
    private final Products.Form scores;
    private final Operand q;
    private final Operand k;
    private final Operand turnedK;
    private final Operand v;
    private final Operand score;
    private final Operand weights;
    private final Operand y;
    private final boolean kept;
    private final Back back; // null where there is none

    /**
     * A part.
     *
     * @param kept whether the softmax is
     */
    Part(
        Place at,
        String block,
        String name,
        boolean kept,
        PlacedMask.Queries some,
        Heads heads,
        Operand mask,
        Place.Value all,
        Heads of) {
      scores = mask == null ? scaled : new Products.Form(scaled.scale(), List.of(mask), false);
      q = Operand.of(heads.q());
      k = Operand.of(heads.k());
      turnedK = Operand.of(heads.k().transpose(2, 3));
      v = Operand.of(heads.v());
      long[] shape = {heads.q().size(0), heads.q().size(1), some.count(), some.keys()};
      this.kept = kept;
      Tensor softmax =
          kept
              ? at.kept(at.factors(), block, name + ".weights." + some.begin(), shape)
              : shared(at.factors(), name + ".weights", shape);
      weights = Operand.of(softmax);
      score = at.rounds() ? Operand.of(shared(at.floats(), name + ".scores", shape)) : weights;
      y = Operand.of(Heads.queries(all.tensor(), some));
      back =
          at.back()
              ? new Back(
                  heads,
                  softmax,
                  shared(at.factors(), "of." + name + ".weights", shape),
                  Heads.queries(all.gradient(), some),
                  of.of(some))
              : null;
    }

    /** Memory that all parts of all blocks have for a while, as large as the largest one needs. */
    private Tensor shared(Buffers buffers, String name, long[] shape) {
      long size = shape[0] * shape[1] * shape[2] * shape[3];
      return buffers.get(name, shape[0] * shape[1] * largest).narrow(0, 0, size).view(shape);
    }

    void forward() {
      softmax();
      products.multiply(weights, v, y);
    }

    private void softmax() {
      products.multiply(q, turnedK, score, scores);
      products.softmax(score, weights);
    }

    /**
     * Goes back.
     *
     * @param first whether gradients of keys and values are put where they go, rather than added
     */
    void backward(boolean first) {
      if (!kept) {
        softmax();
      }
      products.multiply(back.ofY, back.turnedV, back.ofWeights);
      products.multiply(
          back.turnedWeights, back.ofY, back.ofV, new Products.Form(1, List.of(), !first));
      products.softmaxBackward(weights, back.ofWeights, back.ofWeights);
      products.multiply(back.ofWeights, k, back.ofQ, scaled);
      products.multiply(
          back.turnedOfWeights, q, back.ofK, new Products.Form(scaled.scale(), List.of(), !first));
    }
  }

  /** The operands of a part's way back. */
  private static final class Back {
    private final Operand turnedV;
    private final Operand turnedWeights;
    private final Operand ofWeights; // then of scores
    private final Operand turnedOfWeights;
    private final Operand ofY;
    private final Operand ofQ;
    private final Operand ofK;
    private final Operand ofV;

    Back(Heads heads, Tensor softmax, Tensor ofSoftmax, Tensor ofY, Heads of) {
      turnedV = Operand.of(heads.v().transpose(2, 3));
      turnedWeights = Operand.of(softmax.transpose(2, 3));
      ofWeights = Operand.of(ofSoftmax);
      turnedOfWeights = Operand.of(ofSoftmax.transpose(2, 3));
      this.ofY = Operand.of(ofY);
      ofQ = Operand.of(of.q());
      ofK = Operand.of(of.k());
      ofV = Operand.of(of.v());
    }
  }
}
