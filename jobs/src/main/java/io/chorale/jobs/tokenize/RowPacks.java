package io.chorale.jobs.tokenize;

import io.chorale.data.Column;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import scala.Tuple2;

/**
 * Packs the rows of a task by their shards, so that packs are shuffled and not rows. Hands on what
 * it holds, shard by shard, whenever that has become large.
 */
final class RowPacks implements Iterator<Tuple2<Integer, byte[]>> {
  /** Bytes that a task holds. */
  private static final long MOST_BYTES = 32L << 20;

  private final Iterator<Tuple2<RowKey, RowPart>> rows;
  private final List<Column> columns;
  private final BitSet left;
  private final long most;
  private Iterator<Map.Entry<Integer, RowPack>> full =
      List.<Map.Entry<Integer, RowPack>>of().iterator();

  /**
   * Packs of all rows.
   *
   * @param left the shards whose rows are left out, because they are written already
   */
  RowPacks(Iterator<Tuple2<RowKey, RowPart>> rows, List<Column> columns, BitSet left) {
    this(rows, columns, left, MOST_BYTES);
  }

  RowPacks(Iterator<Tuple2<RowKey, RowPart>> rows, List<Column> columns, BitSet left, long most) {
    this.rows = rows;
    this.columns = columns;
    this.left = left;
    this.most = most;
  }

  @Override
  public boolean hasNext() {
    if (!full.hasNext()) {
      full = fill().entrySet().iterator();
    }
    return full.hasNext();
  }

  @Override
  public Tuple2<Integer, byte[]> next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    Map.Entry<Integer, RowPack> pack = full.next();
    return new Tuple2<>(pack.getKey(), pack.getValue().toBytes());
  }

  private Map<Integer, RowPack> fill() {
    Map<Integer, RowPack> packs = new TreeMap<>();
    long bytes = 0;
    while (bytes < most && rows.hasNext()) {
      Tuple2<RowKey, RowPart> row = rows.next();
      int shard = row._1().shard();
      if (!left.get(shard)) {
        RowPack pack = packs.computeIfAbsent(shard, key -> new RowPack(columns));
        int before = pack.size();
        pack.add(row._1(), row._2());
        bytes += pack.size() - before;
      }
    }
    return packs;
  }
}
