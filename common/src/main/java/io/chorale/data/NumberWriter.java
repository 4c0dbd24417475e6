package io.chorale.data;

import io.chorale.io.ArrayContent;
import java.util.Arrays;
import java.util.List;

/** Gathers real numbers. */
final class NumberWriter extends ColumnWriter {
  private float[] numbers = new float[0];

  NumberWriter(Column column) {
    super(column);
  }

  @Override
  void append(Values cell) {
    float[] values = ((Numbers) cell).values();
    int size = sizeFor(values.length, numbers.length);
    if (size > numbers.length) {
      numbers = Arrays.copyOf(numbers, size);
    }
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new IllegalArgumentException(
            "numbers of column %s must be finite (got: %s)".formatted(column.name(), value));
      }
      numbers[count++] = value;
    }
  }

  @Override
  NumberWriter empty(int size) {
    NumberWriter empty = new NumberWriter(column);
    empty.numbers = new float[size];
    return empty;
  }

  @Override
  void append(ColumnWriter from, int begin, int end) {
    System.arraycopy(((NumberWriter) from).numbers, begin, numbers, count, end - begin);
    count += end - begin;
  }

  @Override
  ArrayContent values(String name, List<Long> shape) {
    return ArrayContent.of(
        name, shape, count == numbers.length ? numbers : Arrays.copyOf(numbers, count));
  }
}
