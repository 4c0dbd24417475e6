package io.chorale.embed;

import io.chorale.io.Checksums;
import io.chorale.io.FloatVector;
import io.chorale.vectors.RowLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * Vectors made as long as 1, so that dot products are cosines; one of zeros stays. Memory: 4 bytes
 * a number.
 */
public final class UnitVectors {
  private final RowLayout layout;
  private final FloatVector rows;

  /** Where vectors come from. */
  public interface Source {
    /** Copies the vector at a place to the beginning of an array. */
    void copy(int place, float[] into);
  }

  private UnitVectors(RowLayout layout) {
    this.layout = layout;
    this.rows = new FloatVector(layout.length());
  }

  /**
   * Copies of vectors.
   *
   * @param count how many there are, at places from 0
   * @param size numbers of each
   */
  public static UnitVectors of(int count, int size, Source source) {
    UnitVectors made = new UnitVectors(new RowLayout(count, size));
    float[] vector = new float[size];
    for (int place = 0; place < count; place++) {
      source.copy(place, vector);
      System.arraycopy(unit(vector), 0, made.slice(place), made.at(place), size);
    }
    return made;
  }

  /** A vector of length 1 in the same direction; of zeros where it is. */
  public static float[] unit(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    float[] unit = new float[vector.length];
    for (int k = 0; squares > 0 && k < unit.length; k++) {
      unit[k] = (float) (vector[k] / Math.sqrt(squares));
    }
    return unit;
  }

  private float[] slice(int place) {
    return rows.slice(place / layout.rowsPerSlice());
  }

  private int at(int place) {
    return place % layout.rowsPerSlice() * layout.stride();
  }

  /** How many there are. */
  public int count() {
    return Math.toIntExact(layout.rows());
  }

  /** Numbers of a vector. */
  public int size() {
    return layout.size();
  }

  /** A copy of the vector at a place. */
  public float[] vector(int place) {
    float[] vector = new float[size()];
    layout.copy(rows, place, vector);
    return vector;
  }

  /**
   * The cosine of a vector of length 1 and the one at a place. Eight sums side by side, which the
   * compiler can take together; the same on every machine.
   */
  float cosine(float[] unit, int place) {
    float[] values = slice(place);
    int at = at(place);
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    float s4 = 0;
    float s5 = 0;
    float s6 = 0;
    float s7 = 0;
    int whole = unit.length / 8 * 8;
    for (int k = 0; k < whole; k += 8) {
      s0 += unit[k] * values[at + k];
      s1 += unit[k + 1] * values[at + k + 1];
      s2 += unit[k + 2] * values[at + k + 2];
      s3 += unit[k + 3] * values[at + k + 3];
      s4 += unit[k + 4] * values[at + k + 4];
      s5 += unit[k + 5] * values[at + k + 5];
      s6 += unit[k + 6] * values[at + k + 6];
      s7 += unit[k + 7] * values[at + k + 7];
    }
    for (int k = whole; k < unit.length; k++) {
      s0 += unit[k] * values[at + k];
    }
    return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
  }

  /**
   * The nearest of a few vectors, by their exact cosines.
   *
   * @param query of any length
   * @param places of the few
   * @param count how many are wanted
   */
  public List<Neighbours.Hit> nearest(float[] query, int[] places, int count) {
    float[] unit = unit(query);
    return Arrays.stream(places)
        .mapToObj(place -> new Neighbours.Hit(place, cosine(unit, place)))
        .sorted(Neighbours.Hit.ORDER)
        .limit(count)
        .toList();
  }

  /** SHA-256 of all numbers, little-endian, and of their size. */
  public String fingerprint() {
    MessageDigest digest = Checksums.sha256();
    ByteBuffer bytes = ByteBuffer.allocate(size() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(size()).array());
    for (int place = 0; place < count(); place++) {
      bytes.asFloatBuffer().put(vector(place));
      digest.update(bytes.array());
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
