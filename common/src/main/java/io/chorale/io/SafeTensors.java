package io.chorale.io;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.chorale.config.ChoraleException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import java.util.zip.Checksum;
import org.apache.hadoop.fs.Path;

/**
 * Writes arrays in the safetensors format: 8 bytes of header length, a JSON header with type, shape
 * and place of each array, then the arrays, little-endian, one after the other. See
 * https://github.com/huggingface/safetensors.
 *
 * <p>The bytes depend only on what is written, so equal contents are equal files. Arrays with wider
 * elements come first and the header is padded to 8 bytes: every array is aligned in a mapped file.
 */
public final class SafeTensors {
  static final String METADATA = "__metadata__";
  private static final ObjectMapper JSON = new ObjectMapper();

  private SafeTensors() {}

  /**
   * What was written.
   *
   * @param bytes length of the file
   * @param crc32c of the whole file, eight hexadecimal digits
   */
  public record Written(long bytes, String crc32c) {}

  /** Publishes a file; see {@link Storage#publish(Path, Storage.Content)}. */
  public static Written write(
      Storage storage, Path file, Map<String, String> metadata, List<ArrayContent> arrays) {
    Written[] written = new Written[1];
    storage.publish(file, out -> written[0] = write(out, metadata, arrays));
    return written[0];
  }

  /** Publishes vectors, each with one axis, under their names. */
  public static Written write(
      Storage storage,
      Path file,
      Map<String, String> metadata,
      Map<String, ? extends FloatSlices> vectors) {
    return write(storage, file, metadata, ArrayContent.of(vectors));
  }

  /**
   * Writes to a stream and leaves it open.
   *
   * @throws IllegalArgumentException where two arrays share a name, or one writes another number of
   *     bytes than its type and shape say
   */
  public static Written write(
      OutputStream out, Map<String, String> metadata, List<ArrayContent> arrays)
      throws IOException {
    List<ArrayContent> ordered = new ArrayList<>(arrays);
    ordered.sort(Comparator.comparing(array -> -array.type().bytes()));
    byte[] header = header(metadata, ordered);
    CheckedOutputStream checked = new CheckedOutputStream(out, new CRC32C());
    Counter counter = new Counter(checked);
    counter.write(
        ByteBuffer.allocate(Long.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(header.length)
            .array());
    counter.write(header);
    for (ArrayContent array : ordered) {
      long before = counter.count;
      array.content().writeTo(counter);
      long expected = bytes(array.type(), array.shape());
      if (counter.count - before != expected) {
        throw new IllegalArgumentException(
            "array %s must write %d bytes (got: %d)"
                .formatted(array.name(), expected, counter.count - before));
      }
    }
    return new Written(counter.count, Checksums.hex(checked.getChecksum()));
  }

  /** Opens a file for reading; see {@link SafeTensorsFile}. */
  public static SafeTensorsFile open(Storage storage, Path file) {
    return new SafeTensorsFile(storage, file);
  }

  /**
   * Reads a file in which every array is float32, once, from its first byte to its last.
   *
   * @param checksum becomes that of all its bytes
   * @return the vectors by name, in the order of the file
   */
  public static Map<String, FloatVector> readFloats(Storage storage, Path file, Checksum checksum) {
    return readFloats(
        storage,
        file,
        checksum,
        lengths -> {
          Map<String, FloatVector> vectors = new LinkedHashMap<>();
          lengths.forEach((name, length) -> vectors.put(name, new FloatVector(length)));
          return vectors;
        });
  }

  /**
   * As {@link #readFloats(Storage, Path, Checksum)}, slice by slice into stores.
   *
   * @param stores of the arrays by name, as long as they; asked for once, given the length of each
   * @return the stores, whose values are those of the file where the checksum is right
   */
  public static <S extends FloatStore> Map<String, S> readFloats(
      Storage storage,
      Path file,
      Checksum checksum,
      Function<Map<String, Long>, Map<String, S>> stores) {
    long length = storage.status(file).getLen();
    return storage.read(
        file,
        in -> {
          checksum.reset();
          InputStream checked = new CheckedInputStream(in, checksum);
          var arrays = SafeTensorsHeader.read(checked, length, file.toString()).arrays();
          Map<String, Long> lengths = new LinkedHashMap<>();
          arrays.forEach(
              (name, entry) -> {
                entry.checkType(DataType.F32, name, file);
                lengths.put(name, entry.elements());
              });
          Map<String, S> filled = stores.apply(lengths);
          for (String name : lengths.keySet()) {
            ArrayInput.floats(checked, filled.get(name));
          }
          return filled;
        });
  }

  /** Bytes of an array; {@link ArithmeticException} where they do not fit a long. */
  static long bytes(DataType type, List<Long> shape) {
    long product = type.bytes();
    for (long size : shape) {
      if (size < 0) {
        throw new ArithmeticException("negative size");
      }
      product = Math.multiplyExact(product, size);
    }
    return product;
  }

  private static byte[] header(Map<String, String> metadata, List<ArrayContent> arrays) {
    Map<String, Object> header = new LinkedHashMap<>();
    if (!metadata.isEmpty()) {
      header.put(METADATA, new TreeMap<>(metadata));
    }
    Set<String> names = new HashSet<>();
    long offset = 0;
    for (ArrayContent array : arrays) {
      if (!names.add(array.name()) || array.name().equals(METADATA)) {
        throw new IllegalArgumentException("array name must be unique (got: " + array.name() + ")");
      }
      long end = Math.addExact(offset, bytes(array.type(), array.shape()));
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("dtype", array.type().name());
      entry.put("shape", array.shape());
      entry.put("data_offsets", List.of(offset, end));
      header.put(array.name(), entry);
      offset = end;
    }
    byte[] json;
    try {
      json = JSON.writeValueAsBytes(header);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("maps of strings and numbers are JSON", e);
    }
    byte[] padded = Arrays.copyOf(json, (json.length + 7) / 8 * 8);
    Arrays.fill(padded, json.length, padded.length, (byte) ' ');
    if (padded.length > SafeTensorsHeader.MAX_BYTES) {
      throw new ChoraleException(
          "Cannot write safetensors header: it has %d bytes, expected at most %d."
              .formatted(padded.length, SafeTensorsHeader.MAX_BYTES));
    }
    return padded;
  }

  private static final class Counter extends FilterOutputStream {
    private long count;

    Counter(OutputStream out) {
      super(out);
    }

    @Override
    public void write(int b) throws IOException {
      out.write(b);
      count++;
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      out.write(bytes, from, length);
      count += length;
    }
  }
}
