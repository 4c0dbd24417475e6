package io.chorale.export;

import io.chorale.io.ArrayContent;
import io.chorale.io.FloatVector;
import io.chorale.model.ParameterLayout.Entry;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongToDoubleFunction;
import java.util.function.LongUnaryOperator;

/**
 * An array of another tool's model, whose elements are some of a parameter of ours, in whatever
 * order.
 *
 * @param name that the other tool knows it by
 * @param shape there, outermost axis first; row-major
 * @param source our parameter; empty where the elements are numbers of their own
 * @param place of an element in our parameter, by its place in this array
 * @param own the elements that are no parameter's
 */
record MappedArray(
    String name,
    List<Long> shape,
    Optional<Entry> source,
    LongUnaryOperator place,
    LongToDoubleFunction own) {
  private static final int CHUNK = 1 << 14;

  MappedArray {
    shape = List.copyOf(shape);
  }

  private MappedArray(
      String name, List<Long> shape, Optional<Entry> source, LongUnaryOperator place) {
    this(name, shape, source, place, i -> 0);
  }

  /** The whole parameter as it is. */
  static MappedArray of(String name, Entry source) {
    List<Long> shape = Arrays.stream(source.shape()).boxed().toList();
    return new MappedArray(name, shape, Optional.of(source), LongUnaryOperator.identity());
  }

  /** Rows of a matrix, or elements of a vector, from one on. */
  static MappedArray rows(String name, Entry source, long from, long rows) {
    return ordered(name, source, rows, row -> from + row);
  }

  /**
   * Rows of a matrix, or elements of a vector, in another order.
   *
   * @param row of the parameter, by the row of this array
   */
  static MappedArray ordered(String name, Entry source, long rows, LongUnaryOperator row) {
    boolean matrix = source.shape().length > 1;
    long columns = matrix ? source.shape()[1] : 1;
    return new MappedArray(
        name,
        matrix ? List.of(rows, columns) : List.of(rows),
        Optional.of(source),
        i -> row.applyAsLong(i / columns) * columns + i % columns);
  }

  /** A matrix with rows for columns. */
  static MappedArray transposed(String name, Entry source) {
    long rows = source.shape()[0];
    long columns = source.shape()[1];
    return new MappedArray(
        name, List.of(columns, rows), Optional.of(source), i -> i % rows * columns + i / rows);
  }

  /** The same elements under other axes. */
  MappedArray shaped(Long... axes) {
    return new MappedArray(name, List.of(axes), source, place, own);
  }

  /** A vector of zeros. */
  static MappedArray zeros(String name, long length) {
    return new MappedArray(
        name, List.of(length), Optional.empty(), LongUnaryOperator.identity(), i -> 0);
  }

  /** A vector of numbers that are no parameter's. */
  static MappedArray numbers(String name, float[] numbers) {
    return new MappedArray(
        name,
        List.of((long) numbers.length),
        Optional.empty(),
        LongUnaryOperator.identity(),
        i -> numbers[Math.toIntExact(i)]);
  }

  /** Number of its elements. */
  long length() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  /** Bytes of its elements. */
  long bytes(NumberType type) {
    return Math.multiplyExact(length(), type.stored().bytes());
  }

  /** The array for a safetensors file. */
  ArrayContent content(FloatVector parameters, NumberType type) {
    return new ArrayContent(name, type.stored(), shape, out -> write(out, parameters, type));
  }

  /**
   * Reads its elements, little-endian, to where they are in our parameter.
   *
   * @param again whether these are there already, and are compared
   * @return whether those that are no parameter's, or are there already, are what they should be
   */
  boolean read(InputStream in, FloatVector parameters, NumberType type, boolean again)
      throws IOException {
    byte[] bytes = new byte[CHUNK * type.stored().bytes()];
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long length = length();
    long offset = source.map(Entry::offset).orElse(0L);
    boolean same = true;
    for (long begin = 0; begin < length; begin += CHUNK) {
      long end = Math.min(length, begin + CHUNK);
      int read = Math.toIntExact((end - begin) * type.stored().bytes());
      if (in.readNBytes(bytes, 0, read) < read) {
        throw new EOFException("the file ends within array " + name);
      }
      buffer.clear();
      for (long i = begin; i < end; i++) {
        float value = type.get(buffer);
        if (source.isEmpty()) {
          same &= value == (float) own.applyAsDouble(i);
        } else if (again) {
          same &= value == parameters.get(offset + place.applyAsLong(i));
        } else {
          parameters.set(offset + place.applyAsLong(i), value);
        }
      }
    }
    return same;
  }

  /** Writes its elements, little-endian. */
  void write(OutputStream out, FloatVector parameters, NumberType type) throws IOException {
    ByteBuffer buffer =
        ByteBuffer.allocate(CHUNK * type.stored().bytes()).order(ByteOrder.LITTLE_ENDIAN);
    long length = length();
    long offset = source.map(Entry::offset).orElse(0L);
    for (long i = 0; i < length; i++) {
      if (!buffer.hasRemaining()) {
        out.write(buffer.array(), 0, buffer.position());
        buffer.clear();
      }
      type.put(
          buffer,
          source.isEmpty()
              ? (float) own.applyAsDouble(i)
              : parameters.get(offset + place.applyAsLong(i)));
    }
    out.write(buffer.array(), 0, buffer.position());
  }
}
