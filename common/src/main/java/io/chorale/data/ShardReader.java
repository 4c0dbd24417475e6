package io.chorale.data;

import io.chorale.config.ChoraleException;
import io.chorale.io.Checksums;
import io.chorale.io.DataType;
import io.chorale.io.SafeTensorsHeader;
import io.chorale.io.Storage;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import org.apache.hadoop.fs.Path;

/** Reads a shard once, from its first byte to its last, and checks all of it. */
final class ShardReader {
  private static final int BUFFER = 1 << 16;

  private final Path file;
  private final List<Column> columns;
  private final ShardFacts facts;

  private final StoredArrays arrays = new StoredArrays();

  private ShardReader(Path file, List<Column> columns, ShardFacts facts) {
    this.file = file;
    this.columns = columns;
    this.facts = facts;
  }

  /**
   * Reads a shard.
   *
   * @param facts what it must be
   * @throws ChoraleException where it is anything else
   */
  static Shard read(Storage storage, Path file, List<Column> columns, ShardFacts facts) {
    return new ShardReader(file, columns, facts).read(storage);
  }

  private Shard read(Storage storage) {
    long length = storage.status(file).getLen();
    try (CheckedInputStream in =
        new CheckedInputStream(new BufferedInputStream(storage.open(file), BUFFER), new CRC32C())) {
      SafeTensorsHeader header = SafeTensorsHeader.read(in, length, file.toString());
      checkArrays(header.arrays());
      for (Map.Entry<String, SafeTensorsHeader.Entry> array : header.arrays().entrySet()) {
        arrays.read(in, array.getKey(), array.getValue());
      }
      String crc = Checksums.hex(in.getChecksum());
      if (!crc.equals(facts.crc32c())) {
        throw corrupt("its CRC32C is " + crc, facts.crc32c() + " by the manifest");
      }
    } catch (IOException | ArithmeticException e) {
      throw Storage.failure("read shard", file, e);
    }
    Map<String, Cells> cells = new LinkedHashMap<>();
    columns.forEach(column -> cells.put(column.name(), cells(column)));
    return new Shard(file.toString(), (int) facts.rows(), cells);
  }

  /** Names, types and shapes are those of the columns; in what order they lie is the file's own. */
  private void checkArrays(Map<String, SafeTensorsHeader.Entry> stored) {
    Map<String, String> expected = new HashMap<>();
    for (Column column : columns) {
      ShardArrays names = ShardArrays.of(column);
      if (column.ragged()) {
        expected.put(names.offsets(), DataType.I64 + " " + List.of(facts.rows() + 1));
      }
      expected.put(
          names.values(), column.type() + " " + names.shape(facts.elements(column.name())));
    }
    Map<String, String> found = new HashMap<>();
    stored.forEach((name, entry) -> found.put(name, entry.type() + " " + entry.shape()));
    if (!found.equals(expected)) {
      throw corrupt("its arrays are " + stored, facts.toString());
    }
  }

  private Cells cells(Column column) {
    ShardArrays names = ShardArrays.of(column);
    int[] starts = column.ragged() ? starts(column, arrays.longs().get(names.offsets())) : places();
    if (column.whole()) {
      Tokens values = arrays.ids().get(names.values());
      checkIds(column, values);
      return new IdCells(values, starts);
    }
    float[] values = arrays.numbers().get(names.values());
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw corrupt("column %s holds %s".formatted(column.name(), value), "finite numbers");
      }
    }
    return new NumberCells(values, column.width(), starts);
  }

  /** Where cells begin that all have one step. */
  private int[] places() {
    return IntStream.rangeClosed(0, (int) facts.rows()).toArray();
  }

  private int[] starts(Column column, long[] starts) {
    long all = facts.elements(column.name());
    long longest = 0;
    boolean fine = starts[0] == 0 && starts[starts.length - 1] == all;
    for (int i = 1; i < starts.length; i++) {
      fine &= starts[i] > starts[i - 1];
      longest = Math.max(longest, starts[i] - starts[i - 1]);
    }
    if (!fine) {
      throw corrupt("its offsets do not ascend", "from 0 to " + all);
    }
    long told = facts.longest(column.name());
    if (told > 0 && told != longest) {
      throw corrupt("its longest row has " + longest + " elements", told + " by the manifest");
    }
    int[] places = new int[starts.length];
    for (int i = 0; i < starts.length; i++) {
      places[i] = Math.toIntExact(starts[i]);
    }
    return places;
  }

  private void checkIds(Column column, Tokens values) {
    String what = column.kind() == Column.Kind.IDS ? "id" : "class";
    for (int i = 0; i < values.length(); i++) {
      int id = values.get(i);
      if (id < 0 || id >= column.size()) {
        throw corrupt("it holds the " + what + " " + id, "below " + column.size());
      }
    }
  }

  private ChoraleException corrupt(String found, String expected) {
    return new ChoraleException(
        "Cannot read shard %s: %s, expected %s. The file is corrupt; restore it or tokenize again."
            .formatted(file, found, expected));
  }
}
