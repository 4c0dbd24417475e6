package io.chorale.data;

import io.chorale.io.ArrayContent;
import io.chorale.io.DataType;
import java.util.Arrays;
import java.util.List;

/** Gathers ids or classes: two or four bytes each, as who reads the shard will hold. */
final class IdWriter extends ColumnWriter {
  private final boolean isNarrow;
  private short[] narrow = new short[0];
  private int[] wide = new int[0];

  IdWriter(Column column) {
    super(column);
    this.isNarrow = column.type() == DataType.U16;
  }

  @Override
  void append(Values cell) {
    int[] ids = ((Ids) cell).values();
    append(ids, 0, ids.length);
  }

  void append(int[] ids, int from, int to) {
    int held = isNarrow ? narrow.length : wide.length;
    int size = sizeFor(to - from, held);
    if (size > held && isNarrow) {
      narrow = Arrays.copyOf(narrow, size);
    } else if (size > held) {
      wide = Arrays.copyOf(wide, size);
    }
    for (int i = from; i < to; i++) {
      if (ids[i] < 0 || ids[i] >= column.size()) {
        throw new IllegalArgumentException(
            "ids of column %s must be from 0 to %d (got: %d)"
                .formatted(column.name(), column.size() - 1, ids[i]));
      }
      if (isNarrow) {
        narrow[count++] = (short) ids[i];
      } else {
        wide[count++] = ids[i];
      }
    }
  }

  @Override
  IdWriter empty(int numbers) {
    IdWriter empty = new IdWriter(column);
    if (isNarrow) {
      empty.narrow = new short[numbers];
    } else {
      empty.wide = new int[numbers];
    }
    return empty;
  }

  @Override
  void append(ColumnWriter from, int begin, int end) {
    IdWriter ids = (IdWriter) from;
    if (isNarrow) {
      System.arraycopy(ids.narrow, begin, narrow, count, end - begin);
    } else {
      System.arraycopy(ids.wide, begin, wide, count, end - begin);
    }
    count += end - begin;
  }

  @Override
  ArrayContent values(String name, List<Long> shape) {
    return isNarrow
        ? ArrayContent.of(
            name, DataType.U16, count == narrow.length ? narrow : Arrays.copyOf(narrow, count))
        : ArrayContent.of(name, count == wide.length ? wide : Arrays.copyOf(wide, count));
  }
}
