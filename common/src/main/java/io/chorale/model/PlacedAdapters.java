package io.chorale.model;

import io.chorale.tensor.Operand;
import io.chorale.tensor.Products;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The adapters of a linear layer at a {@link Place}, and their way back: to some columns of the
 * layer's result each adds s (x A') B'.
 */
final class PlacedAdapters {
  private final Place.Value x;
  private final Tensor mask; // of dropout; null without
  private final Place.Value read; // what is left of x
  private final List<Part> parts;

  /**
   * The adapters of a layer.
   *
   * @param block whose part it is
   * @param x what the layer reads [N, in]
   * @param y where its result is [N, out]
   */
  PlacedAdapters(Place at, String block, Linear layer, Place.Value x, Place.Value y) {
    this.x = x;
    boolean drops = at.back() && layer.adapters().get(0).dropout() > 0;
    long in = x.tensor().size(1);
    String first = layer.adapters().get(0).target().key();
    this.mask = drops ? at.kept(at.factors(), block, first + ".adapter.mask", at.rows(), in) : null;
    this.read =
        drops
            ? new Place.Value(
                at.factors().get("adapter.read." + in, at.rows(), in),
                at.gradient(at.factors(), "adapter.read." + in, at.rows(), in))
            : x;
    this.parts =
        layer.adapters().stream()
            .map(adapter -> new Part(at, block, adapter, read, columns(adapter, y)))
            .toList();
  }

  /** The columns of the result to which an adapter adds. */
  private static Place.Value columns(Adapter adapter, Place.Value y) {
    return new Place.Value(
        y.tensor().narrow(1, adapter.begin(), adapter.rows()),
        y.gradient() == null ? null : y.gradient().narrow(1, adapter.begin(), adapter.rows()));
  }

  /**
   * Adds to the layer's result.
   *
   * @param dropout of which adapters have their own
   */
  void forward(Dropout dropout) {
    if (mask != null) {
      mask.copy_(dropout.ofAdapters().apply(torch.ones_like(mask)));
      torch.mul_out(read.tensor(), x.tensor(), mask);
    }
    parts.forEach(Part::forward);
  }

  /** Adds to the gradients of the adapters, and of x. */
  void backward() {
    if (mask != null) {
      torch.mul_out(read.tensor(), x.tensor(), mask);
      read.gradient().zero_();
    }
    parts.forEach(Part::backward);
    if (mask != null) {
      x.gradient().add_(read.gradient().mul_(mask));
    }
  }

  /** One adapter. */
  private static final class Part {
    private final Products products;
    private final Products.Form scaled;
    private final Products.Form added;
    private final Operand x;
    private final Operand turnedA;
    private final Operand turnedB;
    private final Operand low;
    private final Operand y;
    private final Back back; // null where there is none

    Part(Place at, String block, Adapter adapter, Place.Value x, Place.Value y) {
      products = at.products();
      scaled = Products.Form.scaled(adapter.scale());
      added = new Products.Form((float) adapter.scale(), List.of(), true);
      Tensor a = at.w().product(adapter.a()).detach();
      Tensor b = at.w().product(adapter.b()).detach();
      String name = adapter.target().key() + ".adapter";
      Place.Value between = at.factor(block, name, at.rows(), adapter.rank());
      this.x = Operand.of(x.tensor());
      turnedA = Operand.of(a.t());
      turnedB = Operand.of(b.t());
      low = Operand.of(between.tensor());
      this.y = Operand.of(y.tensor());
      back =
          at.back()
              ? new Back(
                  Operand.of(a),
                  Operand.of(b),
                  Operand.of(y.gradient()),
                  Operand.of(y.gradient().t()),
                  Operand.of(between.gradient()),
                  Operand.of(between.gradient().t()),
                  Operand.of(x.gradient()),
                  at.w().trains(adapter.a()) ? Operand.of(at.gradient(adapter.a())) : null,
                  Operand.of(at.gradient(adapter.b())))
              : null;
    }

    void forward() {
      products.multiply(x, turnedA, low);
      products.multiply(low, turnedB, y, added);
    }

    void backward() {
      products.multiply(back.ofColumns(), low, back.ofB(), added);
      products.multiply(back.ofRows(), back.b(), back.ofLow(), scaled);
      if (back.ofA() != null) {
        products.multiply(back.turnedOfLow(), x, back.ofA(), Products.Form.ADDED);
      }
      products.multiply(back.ofLow(), back.a(), back.ofX(), Products.Form.ADDED);
    }
  }

  /**
   * The operands of an adapter's way back.
   *
   * @param ofColumns the gradient of y, turned
   * @param ofA null where it is not trained
   */
  private record Back(
      Operand a,
      Operand b,
      Operand ofRows,
      Operand ofColumns,
      Operand ofLow,
      Operand turnedOfLow,
      Operand ofX,
      Operand ofA,
      Operand ofB) {}
}
