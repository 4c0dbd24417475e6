package io.chorale.model;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Layer norms of what enters the gates of a recurrent loop: what the input and what the hidden
 * state adds, each by itself, by groups of gates. G is the number of gates times H.
 */
final class GateNorms {
  private final LayerProducts layerProducts;
  private final RecurrentLoop loop;
  private final List<Group> groups = new ArrayList<>();
  private final long units; // G
  private final StepMemory products; // [T, G, B]
  private final Tensor scratch; // [G, B]

  /** Gates that are normalized together: the rows {@code from} to {@code from + count - 1}. */
  private record Group(
      Tensor matrix,
      long from,
      long count,
      ColumnNorm input,
      ColumnNorm state,
      StepMemory inverse) { // [T, 1, B]
    Tensor of(Tensor gates) {
      return gates.narrow(0, from, count);
    }
  }

  /**
   * @param matrices the rows of the recurrent matrix of each group
   */
  GateNorms(
      RecurrentCell.Norms slots,
      Weights w,
      LayerProducts layerProducts,
      RecurrentLoop loop,
      List<Tensor> matrices) {
    this.layerProducts = layerProducts;
    this.loop = loop;
    long from = 0;
    for (Tensor matrix : matrices) {
      long count = matrix.size(0);
      groups.add(
          new Group(
              matrix,
              from,
              count,
              norm(w.get(slots.inputGain()), from, count),
              norm(w.get(slots.recurrentGain()), from, count),
              loop.memory("products.inverse." + from, 1, false)));
      from += count;
    }
    units = from;
    products = loop.memory("products", units, false);
    scratch = loop.buffers.get("norms.scratch", units, loop.steps.batch());
  }

  private static ColumnNorm norm(Tensor gains, long from, long count) {
    Tensor gradients = gains.grad();
    return new ColumnNorm(
        gains.narrow(0, from, count),
        gradients.defined() ? gradients.narrow(0, from, count) : gradients);
  }

  /** As {@link RecurrentLoop#addProduct}. */
  void addProduct(int t, int number, Tensor past, Tensor summand, Tensor into) {
    Group group = groups.get(number);
    Tensor product = group.of(products.at(t));
    layerProducts.put(group.matrix(), past, product);
    group.state().normalize(product, group.of(loop.rowsOf(t, scratch)), group.inverse().at(t));
    group.state().add(product, summand, into);
  }

  /**
   * The way back through the norms of step t.
   *
   * @param gradient of what came out [G, active(t)]
   * @return that of the products, as they were before
   */
  Tensor productBack(int t, Tensor gradient) {
    for (Group group : groups) {
      Tensor free = group.of(loop.rowsOf(t, scratch));
      Tensor product = group.of(products.at(t));
      group.state().back(product, group.inverse().at(t), group.of(gradient), free);
    }
    return products.at(t);
  }

  /** Normalizes what the input adds, columns [G, N], in its place. */
  void normalizeInput(Tensor projection) {
    Tensor normalized = inputs().copy_(projection);
    for (int i = 0; i < groups.size(); i++) {
      Group group = groups.get(i);
      Tensor place = group.of(projection);
      group.input().normalize(group.of(normalized), place, inverse(i));
      group.input().scale(group.of(normalized), place);
    }
  }

  /**
   * The gradients of what the input added before it was normalized.
   *
   * @param gradient of it afterwards, columns [G, N]
   */
  Tensor inputBack(Tensor gradient) {
    Tensor normalized = inputs();
    // The loop has gone back: nobody reads the gates again.
    Tensor free = loop.gates.spent();
    for (int i = 0; i < groups.size(); i++) {
      Group group = groups.get(i);
      group.input().back(group.of(normalized), inverse(i), group.of(gradient), group.of(free));
    }
    return normalized;
  }

  private Tensor inputs() {
    return loop.buffers.get("input.normal", units, loop.steps.total());
  }

  private Tensor inverse(int group) {
    return loop.buffers.get("input.inverse." + group, 1, loop.steps.total());
  }
}
