package io.chorale.model;

import io.chorale.data.Ids;
import io.chorale.tensor.Device;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * The lengths of a batch's rows: each fills the first steps of a sequence of T, and padding the
 * rest.
 */
public final class Lengths {
  private final int[] rows;
  private final int longest;
  private final boolean equal;
  private final Optional<Documents> documents;

  private Lengths(int[] rows, int longest) {
    this(rows, longest, Optional.empty());
  }

  private Lengths(int[] rows, int longest, Optional<Documents> documents) {
    this.documents = documents;
    this.rows = rows;
    this.longest = longest;
    this.equal = Arrays.stream(rows).allMatch(length -> length == longest);
    if (Arrays.stream(rows).anyMatch(length -> length < 1 || length > longest)) {
      throw new IllegalArgumentException(
          "lengths must be from 1 to %d (got: %s)".formatted(longest, Arrays.toString(rows)));
    }
    if (Arrays.stream(rows).noneMatch(length -> length == longest)) {
      throw new IllegalArgumentException(
          "the longest row must have %d steps (got: %s)".formatted(longest, Arrays.toString(rows)));
    }
  }

  /**
   * Rows of these lengths.
   *
   * @param rows each from 1 to {@code longest} [B]
   * @param longest T, the length of at least one row
   */
  public static Lengths of(int[] rows, int longest) {
    return new Lengths(rows, longest);
  }

  /** Rows that have no padding. */
  public static Lengths equal(int batch, int length) {
    int[] rows = new int[batch];
    Arrays.fill(rows, length);
    return new Lengths(rows, length);
  }

  /**
   * Rows of several documents, of which none is to see another.
   *
   * @param places of each token in its document, of which 0 begins one [B, T]
   */
  public static Lengths packed(Ids places) {
    return new Lengths(places.lengths(), places.length(), Documents.of(places));
  }

  /** B. */
  public int batch() {
    return rows.length;
  }

  /** T. */
  public int longest() {
    return longest;
  }

  /** Whether there is no padding. */
  public boolean equal() {
    return equal;
  }

  /** The documents that share rows, where any do. */
  Optional<Documents> documents() {
    return documents;
  }

  /** The length of a row. */
  public int of(int row) {
    return rows[row];
  }

  /** The lengths of some rows, in that order; the longest of them is as long as the sequence. */
  Lengths rows(int... some) {
    int[] lengths = Arrays.stream(some).map(row -> rows[row]).toArray();
    return new Lengths(lengths, Arrays.stream(lengths).max().orElseThrow());
  }

  /** Rows from the longest to the shortest; of equal ones in their order. */
  int[] longestFirst() {
    return IntStream.range(0, rows.length)
        .boxed()
        .sorted((a, b) -> rows[b] - rows[a])
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** Which steps are no padding: booleans [B, T]. */
  public Tensor mask(Device device) {
    int[] ones = new int[rows.length * longest];
    for (int row = 0; row < rows.length; row++) {
      Arrays.fill(ones, row * longest, row * longest + rows[row], 1);
    }
    return device.ids(ones).view(rows.length, longest).to(torch.ScalarType.Bool);
  }

  /** The lengths as numbers of that kind [B, 1]. */
  public Tensor column(Device device, TensorOptions like) {
    return device.ids(rows).view(rows.length, 1).to(like, false, false, null);
  }
}
