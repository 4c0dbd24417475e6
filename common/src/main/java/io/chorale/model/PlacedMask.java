package io.chorale.model;

import io.chorale.tensor.Device;
import io.chorale.tensor.Operand;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The keys that queries do not see at a {@link Place}: minus infinity, to be added to their scores.
 */
final class PlacedMask {
  /** What hides a key from a query. */
  enum Kind {
    /** Nothing. */
    NONE,
    /** That it comes later. */
    LATER,
    /** That it is padding. */
    PADDING,
    /** That it comes later, or is another document's. */
    OTHERS
  }

  private final Kind kind;
  private final long batch;
  private final long length;
  private final List<Part> parts = new ArrayList<>();

  /**
   * The mask of some queries.
   *
   * @param mask broadcast to [B, H, end - begin, keys]; null for none
   */
  private record Part(Queries queries, Tensor mask) {}

  /**
   * Queries that are taken together, of each row.
   *
   * @param begin the first of them
   * @param keys how many they are multiplied with: the first ones
   */
  record Queries(long begin, long end, long keys) {
    /** How many there are. */
    long count() {
      return end - begin;
    }
  }

  /**
   * A mask.
   *
   * @param name of its memory
   * @param heads H
   * @param length of the rows of keys: S
   */
  PlacedMask(
      Place at,
      String name,
      Kind kind,
      long batch,
      long heads,
      long length,
      List<Queries> queries) {
    this.kind = kind;
    this.batch = batch;
    this.length = length;
    // A mask is the same for each head, or row: products broadcast no further.
    long rows = kind != Kind.LATER || heads == 1 ? batch : 1;
    Tensor padding = kind == Kind.PADDING ? at.floats().get(name, batch, 1, 1, length) : null;
    for (Queries some : queries) {
      Tensor mask =
          switch (kind) {
            case NONE -> null;
            case PADDING -> padding;
            case LATER, OTHERS ->
                at.floats()
                    .get(
                        name + "." + some.begin(),
                        rows,
                        kind == Kind.LATER ? heads : 1,
                        some.count(),
                        some.keys());
          };
      if (kind == Kind.LATER) {
        mask.fill_(new Scalar(Double.NEGATIVE_INFINITY)).triu_(some.begin() + 1);
      }
      parts.add(new Part(some, mask));
    }
  }

  /** The queries that are taken together. */
  List<Queries> queries() {
    return parts.stream().map(Part::queries).toList();
  }

  /** What is added to the scores of some queries; null for nothing. */
  Operand of(Queries queries) {
    Tensor mask =
        parts.stream().filter(part -> part.queries().equals(queries)).findFirst().get().mask();
    return mask == null ? null : Operand.of(mask);
  }

  /** Makes it that of a batch, of rows up to the length. */
  void fill(Lengths lengths) {
    if (kind == Kind.PADDING) {
      Tensor seen = lengths.mask(Device.CPU).view(batch, 1, 1, lengths.longest());
      Tensor padding = parts.get(0).mask();
      padding.fill_(new Scalar(Double.NEGATIVE_INFINITY));
      padding.narrow(3, 0, lengths.longest()).masked_fill_(seen, new Scalar(0));
    } else if (kind == Kind.OTHERS) {
      Tensor begins = begins(lengths);
      Tensor steps = torch.arange(new Scalar(length)).view(1, 1, 1, length);
      for (Part part : parts) {
        Queries some = part.queries();
        Tensor keys = steps.narrow(3, 0, some.keys());
        Tensor places = steps.narrow(3, some.begin(), some.count()).transpose(2, 3);
        Tensor first = begins.narrow(2, some.begin(), some.count());
        part.mask().zero_();
        part.mask()
            .masked_fill_(
                keys.lt(first).logical_or_(keys.gt(places)), new Scalar(Double.NEGATIVE_INFINITY));
      }
    }
  }

  /** Where the document of each step begins in its row [B, 1, T, 1]; padding is one by itself. */
  private Tensor begins(Lengths lengths) {
    Optional<Documents> documents = lengths.documents();
    int[] begins = new int[Math.toIntExact(batch * length)];
    for (int row = 0; row < batch; row++) {
      for (int step = 0; step < length; step++) {
        boolean padding = step >= lengths.of(row);
        int place =
            padding || documents.isEmpty()
                ? padding ? 0 : step
                : documents.get().places()[row * lengths.longest() + step];
        begins[Math.toIntExact(row * length) + step] = step - place;
      }
    }
    return Device.CPU.ids(begins).view(batch, 1, length, 1);
  }
}
