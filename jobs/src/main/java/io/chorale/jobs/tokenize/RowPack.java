package io.chorale.jobs.tokenize;

import io.chorale.data.Column;
import io.chorale.data.DocumentHash;
import io.chorale.data.Ids;
import io.chorale.data.Numbers;
import io.chorale.data.Row;
import io.chorale.data.Values;
import io.chorale.io.DataType;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Rows of one shard as bytes, in which they travel: of each its key, what a {@link RowPart} says,
 * and its cells in the order of the columns, each after the number of its steps.
 */
final class RowPack {
  private static final int FIRST_SIZE = 1 << 10;
  private static final int KEY_BYTES = 4 * Long.BYTES + Integer.BYTES + 1;
  private static final int NO_DOCUMENT = -1;
  private static final byte[] NO_SIGNATURE = new byte[0];

  private final List<Column> columns;
  private ByteBuffer buffer = ByteBuffer.allocate(FIRST_SIZE);

  /** An empty one. */
  RowPack(List<Column> columns) {
    this.columns = columns;
  }

  /** Adds a row, or a part of one. */
  void add(RowKey key, RowPart part) {
    ByteBuffer to = room(KEY_BYTES);
    to.putLong(key.order()).putInt(key.file()).putLong(key.offset());
    to.putLong(part.size()).putLong(part.bytes()).put((byte) (part.endsRow() ? 1 : 0));
    add(part.document());
    for (Column column : columns) {
      Values cell = part.cells().cell(column.name());
      if (cell instanceof Ids ids) {
        add(ids.values(), column.type() == DataType.U16);
      } else {
        add((Numbers) cell);
      }
    }
  }

  /** The bytes that follow the hash; {@link #NO_DOCUMENT} where there is neither. */
  private void add(KeptDocument document) {
    if (document == null) {
      room(Integer.BYTES).putInt(NO_DOCUMENT);
      return;
    }
    byte[] signature = document.signature() == null ? NO_SIGNATURE : document.signature();
    room(Integer.BYTES + 2 * Long.BYTES + signature.length)
        .putInt(signature.length)
        .putLong(document.hash().high())
        .putLong(document.hash().low())
        .put(signature);
  }

  private static KeptDocument document(ByteBuffer from) {
    int length = from.getInt();
    if (length == NO_DOCUMENT) {
      return null;
    }
    DocumentHash hash = new DocumentHash(from.getLong(), from.getLong());
    byte[] signature = new byte[length];
    from.get(signature);
    return new KeptDocument(hash, length == 0 ? null : signature);
  }

  private void add(int[] ids, boolean narrow) {
    ByteBuffer to = room(Integer.BYTES + Math.multiplyExact(ids.length, Integer.BYTES));
    to.putInt(ids.length);
    for (int id : ids) {
      if (narrow) {
        to.putShort((short) id);
      } else {
        to.putInt(id);
      }
    }
  }

  private void add(Numbers cell) {
    float[] values = cell.values();
    ByteBuffer to = room(2 * Integer.BYTES + Math.multiplyExact(values.length, Float.BYTES));
    to.putInt(values.length).putInt(cell.size());
    to.asFloatBuffer().put(values);
    to.position(to.position() + values.length * Float.BYTES);
  }

  private ByteBuffer room(int bytes) {
    if (buffer.remaining() < bytes) {
      int needed = Math.addExact(buffer.position(), bytes);
      int size = (int) Math.min(Integer.MAX_VALUE - 8, Math.max(needed, 2L * buffer.capacity()));
      buffer = ByteBuffer.allocate(size).put(buffer.flip());
    }
    return buffer;
  }

  /** Bytes so far. */
  int size() {
    return buffer.position();
  }

  /** The rows so far. */
  byte[] toBytes() {
    byte[] bytes = new byte[buffer.position()];
    buffer.get(0, bytes);
    return bytes;
  }

  /**
   * Hands on the rows of a pack, one by one, in the order in which they were added.
   *
   * @param shard that they are of
   */
  static void read(byte[] bytes, int shard, List<Column> columns, BiConsumer<RowKey, RowPart> to) {
    ByteBuffer from = ByteBuffer.wrap(bytes);
    while (from.hasRemaining()) {
      RowKey key = new RowKey(shard, from.getLong(), from.getInt(), from.getLong());
      long size = from.getLong();
      long textBytes = from.getLong();
      boolean endsRow = from.get() == 1;
      KeptDocument document = document(from);
      Map<String, Values> cells = new HashMap<>();
      for (Column column : columns) {
        cells.put(
            column.name(),
            column.whole() ? ids(from, column.type() == DataType.U16) : numbers(from));
      }
      to.accept(key, new RowPart(new Row(cells), size, textBytes, endsRow, document));
    }
  }

  private static Ids ids(ByteBuffer from, boolean narrow) {
    int[] ids = new int[from.getInt()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = narrow ? from.getShort() & 0xffff : from.getInt();
    }
    return Ids.of(ids);
  }

  private static Numbers numbers(ByteBuffer from) {
    float[] values = new float[from.getInt()];
    int size = from.getInt();
    from.asFloatBuffer().get(values);
    from.position(from.position() + values.length * Float.BYTES);
    return Numbers.of(size, values);
  }
}
