package io.chorale.model;

import io.chorale.tensor.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The layout of a batch's steps in the memory of a recurrent loop: step after step, and in each the
 * rows that are not over yet, as columns. Padding has no place there, so it is never computed.
 *
 * <p>Rows are ordered from the longest to the shortest, so that those of a step are the first ones
 * of the step before. N is the number of all steps of all rows, {@code active(t)} that of the rows
 * at step t. Tensors in <em>step layout</em> are [T, units, B], of any strides, where all rows are
 * equally long; else columns [units, N]. Both are read through the methods here.
 */
final class Steps {
  private final Lengths lengths;
  private final Device device;
  private final int[] active;
  private final int[] offsets;
  private final int[] order;

  // Null until they are first asked for. Rows of equal length never ask for the first of them, and
  // for the second only where they are read both ways.
  private Tensor places; // of each column in [B x T]
  private Tensor reversed; // which column stands at a column's place when each row is turned round

  Steps(Lengths lengths, Device device) {
    this.lengths = lengths;
    this.device = device;
    this.order = lengths.longestFirst();
    this.active = new int[lengths.longest()];
    this.offsets = new int[lengths.longest() + 1];
    int rows = order.length;
    for (int t = 0; t < active.length; t++) {
      while (lengths.of(order[rows - 1]) <= t) {
        rows--;
      }
      active[t] = rows;
      offsets[t + 1] = offsets[t] + rows;
    }
  }

  /** T. */
  int length() {
    return active.length;
  }

  /** B. */
  int batch() {
    return order.length;
  }

  /** N. */
  int total() {
    return offsets[active.length];
  }

  /** Whether all rows are equally long. */
  boolean equal() {
    return lengths.equal();
  }

  /** Rows that have a step t; 0 from T on. */
  int active(int t) {
    return t < active.length ? active[t] : 0;
  }

  /** The first column of step t. */
  int offset(int t) {
    return offsets[t];
  }

  /** Ids [B, T] as a vector [N]. */
  Tensor pack(Tensor ids) {
    return equal() ? ids.t().reshape(total()) : ids.flatten().index_select(0, places());
  }

  /** Vectors [B, T, units] in step layout. */
  Tensor steps(Tensor rows) {
    return equal() ? rows.permute(1, 2, 0) : rows.flatten(0, 1).index_select(0, places()).t();
  }

  /** Columns [units, N] in step layout. */
  Tensor split(Tensor columns) {
    return equal() ? columns.view(columns.size(0), length(), batch()).permute(1, 0, 2) : columns;
  }

  /** Copies from step layout into columns [units, N]. */
  void copyToColumns(Tensor steps, Tensor columns) {
    if (equal()) {
      columns.view(columns.size(0), length(), batch()).copy_(steps.permute(1, 0, 2));
    } else {
      columns.copy_(steps);
    }
  }

  /**
   * A copy of step layout as vectors [B, T, units], with zeros for padding.
   *
   * @param buffers memory to turn them in
   */
  Tensor rows(Tensor steps, Buffers buffers) {
    if (equal()) {
      // By way of columns: what stands in memory of two dimensions is turned three times as fast.
      long units = steps.size(1);
      Tensor columns = buffers.get("rows.columns", units, total());
      copyToColumns(steps, columns);
      Tensor vectors = buffers.get("rows.vectors", total(), units).copy_(columns.t());
      long[] shape = {batch(), length(), units};
      return torch
          .empty(shape, steps.options(), null)
          .copy_(vectors.view(length(), batch(), units).transpose(0, 1));
    }
    Tensor rows =
        torch.zeros(new long[] {(long) batch() * length(), steps.size(0)}, steps.options());
    return rows.index_copy_(0, places(), steps.t()).view(batch(), length(), steps.size(0));
  }

  /** Some of the units of a tensor in step layout. */
  Tensor units(Tensor steps, long from, long count) {
    return steps.narrow(equal() ? 1 : 0, from, count);
  }

  /** A tensor in step layout with every row turned round: its last step first. */
  Tensor reverse(Tensor steps) {
    return equal() ? steps.flip(0) : steps.index_select(1, reversed());
  }

  /** Columns [units, N] with every row turned round. */
  Tensor reverseColumns(Tensor columns) {
    return columns.index_select(1, reversed());
  }

  /** Ids [N] with every row turned round. */
  Tensor reverseIds(Tensor ids) {
    return ids.index_select(0, reversed());
  }

  /** A tensor [units, B] of the rows in their own order, in that of the steps. */
  Tensor sorted(Tensor rows) {
    return equal() ? rows : rows.index_select(1, device.ids(order));
  }

  /** The reverse of {@link #sorted}. */
  Tensor unsorted(Tensor rows) {
    if (equal()) {
      return rows;
    }
    int[] inverse = new int[order.length];
    for (int i = 0; i < order.length; i++) {
      inverse[order[i]] = i;
    }
    return rows.index_select(1, device.ids(inverse));
  }

  private Tensor places() {
    if (places == null) {
      int[] of = new int[total()];
      for (int t = 0; t < length(); t++) {
        for (int i = 0; i < active[t]; i++) {
          of[offsets[t] + i] = order[i] * length() + t;
        }
      }
      places = device.ids(of);
    }
    return places;
  }

  private Tensor reversed() {
    if (reversed == null) {
      int[] of = new int[total()];
      for (int t = 0; t < length(); t++) {
        for (int i = 0; i < active[t]; i++) {
          of[offsets[t] + i] = offsets[lengths.of(order[i]) - 1 - t] + i;
        }
      }
      reversed = device.ids(of);
    }
    return reversed;
  }
}
