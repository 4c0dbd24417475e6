package io.chorale.jobs.spark;

import io.chorale.average.Codec;
import io.chorale.config.AverageSettings.Format;
import io.chorale.io.FloatSlices;
import io.chorale.io.FloatVector;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * Parameters on the executors: encoded once, broadcast piece by piece, decoded slice by slice by
 * whoever reads them.
 *
 * <p>Pieces of 64 MiB bound what the driver needs to prepare a broadcast, and what Spark keeps of
 * them it may move to disk. They are copies: the vector may change afterwards.
 */
public final class SharedVector implements FloatSlices, Serializable {
  private static final long serialVersionUID = 1L;
  private static final int SLICES_OF_PIECE = 16;

  /**
   * Spark frees a broadcast in the background. Were nobody to refer to it meanwhile, its cleaner
   * would free it a second time, and complain of what is gone.
   */
  private static final AtomicReference<SharedVector> DESTROYED = new AtomicReference<>();

  private final long length;
  private final long bytes;
  private final Format format;
  private final List<Broadcast<byte[][]>> pieces;

  private SharedVector(long length, long bytes, Format format, List<Broadcast<byte[][]>> pieces) {
    this.length = length;
    this.bytes = bytes;
    this.format = format;
    this.pieces = pieces;
  }

  /**
   * Shares a vector.
   *
   * @param format in which it travels; executors see the values as rounded to it
   */
  public static SharedVector of(JavaSparkContext spark, FloatSlices vector, Format format) {
    Codec codec = Codec.of(format);
    List<Broadcast<byte[][]>> pieces = new ArrayList<>();
    long bytes = 0;
    for (int from = 0; from < vector.sliceCount(); from += SLICES_OF_PIECE) {
      byte[][] piece = new byte[Math.min(SLICES_OF_PIECE, vector.sliceCount() - from)][];
      for (int i = 0; i < piece.length; i++) {
        piece[i] = codec.encode(vector.slice(from + i));
        bytes += piece[i].length;
      }
      pieces.add(spark.broadcast(piece));
    }
    return new SharedVector(vector.length(), bytes, format, pieces);
  }

  /** Bytes that an executor receives. */
  public long bytes() {
    return bytes;
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public float[] slice(int index) {
    byte[] encoded = pieces.get(index / SLICES_OF_PIECE).value()[index % SLICES_OF_PIECE];
    return Codec.of(format).decode(encoded, FloatVector.sliceLength(length, index));
  }

  /**
   * Frees a vector everywhere, to be used no more.
   *
   * @param vector null where there is none
   */
  public static void destroy(JavaSparkContext spark, SharedVector vector) {
    if (vector != null) {
      DESTROYED.set(vector);
      vector.pieces.forEach(piece -> Broadcasts.destroy(spark, piece));
    }
  }
}
