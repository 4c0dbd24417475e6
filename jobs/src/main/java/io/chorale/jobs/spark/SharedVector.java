package io.chorale.jobs.spark;

import io.chorale.average.Codec;
import io.chorale.config.AverageSettings.Format;
import io.chorale.io.FloatSlices;
import io.chorale.io.FloatVector;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * Parameters on the executors: encoded once, broadcast piece by piece, decoded slice by slice by
 * whoever reads them. They are a copy: the vector may change afterwards.
 *
 * <p>Pieces of 64 MiB bound what the driver needs to prepare a broadcast, and what Spark keeps of
 * them it may move to disk. Where driver and executors are one process nothing travels: that copy
 * is all there is.
 */
public final class SharedVector implements FloatSlices, Serializable {
  private static final long serialVersionUID = 1L;
  private static final int SLICES_OF_PIECE = 16;

  /** The copies of this process that is driver and executor, by the identifiers of theirs. */
  private static final Map<String, FloatVector> HERE = new ConcurrentHashMap<>();

  /**
   * Spark frees a broadcast in the background. Were nobody to refer to it meanwhile, its cleaner
   * would free it a second time, and complain of what is gone.
   */
  private static final AtomicReference<SharedVector> DESTROYED = new AtomicReference<>();

  private final long length;
  private final long bytes;
  private final Format format;
  private final List<Broadcast<byte[][]>> pieces;
  private final String here;

  private SharedVector(
      long length, long bytes, Format format, List<Broadcast<byte[][]>> pieces, String here) {
    this.length = length;
    this.bytes = bytes;
    this.format = format;
    this.pieces = pieces;
    this.here = here;
  }

  /**
   * Shares a vector.
   *
   * @param format in which it travels; executors see the values as rounded to it
   */
  public static SharedVector of(JavaSparkContext spark, FloatSlices vector, Format format) {
    Codec codec = Codec.of(format);
    long bytes = 0;
    for (int slice = 0; slice < vector.sliceCount(); slice++) {
      bytes += codec.bytes(FloatVector.sliceLength(vector.length(), slice));
    }
    return spark.isLocal()
        ? new SharedVector(vector.length(), bytes, format, List.of(), kept(vector, codec))
        : new SharedVector(vector.length(), bytes, format, broadcast(spark, vector, codec), "");
  }

  private static String kept(FloatSlices vector, Codec codec) {
    FloatVector copy = new FloatVector(vector.length());
    for (int i = 0; i < vector.sliceCount(); i++) {
      float[] from = vector.slice(i);
      float[] to = copy.slice(i);
      if (codec.exact()) {
        System.arraycopy(from, 0, to, 0, to.length);
      } else {
        codec.decode(codec.encode(from), 0, to.length, to, 0, to.length);
      }
    }
    String identifier = UUID.randomUUID().toString();
    HERE.put(identifier, copy);
    return identifier;
  }

  private static List<Broadcast<byte[][]>> broadcast(
      JavaSparkContext spark, FloatSlices vector, Codec codec) {
    List<Broadcast<byte[][]>> pieces = new ArrayList<>();
    for (int from = 0; from < vector.sliceCount(); from += SLICES_OF_PIECE) {
      byte[][] piece = new byte[Math.min(SLICES_OF_PIECE, vector.sliceCount() - from)][];
      for (int i = 0; i < piece.length; i++) {
        piece[i] = codec.encode(vector.slice(from + i));
      }
      pieces.add(spark.broadcast(piece));
    }
    return pieces;
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
    if (!here.isEmpty()) {
      return HERE.get(here).slice(index);
    }
    byte[] encoded = pieces.get(index / SLICES_OF_PIECE).value()[index % SLICES_OF_PIECE];
    return Codec.of(format).decode(encoded, FloatVector.sliceLength(length, index));
  }

  /** Frees what executors hold of it; one that reads it again fetches it again. */
  public void leaveExecutors() {
    pieces.forEach(Broadcast::unpersist);
  }

  /**
   * Frees a vector everywhere, to be used no more.
   *
   * @param vector null where there is none
   */
  public static void destroy(JavaSparkContext spark, SharedVector vector) {
    if (vector != null) {
      HERE.remove(vector.here);
      DESTROYED.set(vector);
      vector.pieces.forEach(piece -> Broadcasts.destroy(spark, piece));
    }
  }
}
