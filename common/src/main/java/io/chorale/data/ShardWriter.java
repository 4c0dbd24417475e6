package io.chorale.data;

import io.chorale.config.ChoraleException;
import io.chorale.config.DatasetSplit;
import io.chorale.io.ArrayContent;
import io.chorale.io.DataType;
import io.chorale.io.SafeTensors;
import io.chorale.io.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.hadoop.fs.Path;

/**
 * Gathers the rows of a shard of token ids and publishes them. Holds two or four bytes a token in
 * memory, as who reads the shard will.
 */
public final class ShardWriter {
  private static final int NARROW = 1 << 16;
  private static final int FIRST_SIZE = 1 << 12;
  private static final int MOST_TOKENS = 1 << 30;

  private final int vocabulary;
  private short[] narrow = new short[0];
  private int[] wide = new int[0];
  private int tokens;
  private long[] offsets = new long[16];
  private int rows;

  /**
   * @param vocabulary entries of the vocabulary: ids are below it
   */
  public ShardWriter(int vocabulary) {
    this.vocabulary = vocabulary;
  }

  /** The type of the ids of a vocabulary of that size. */
  public static DataType type(int vocabulary) {
    return vocabulary <= NARROW ? DataType.U16 : DataType.I32;
  }

  /** Adds ids {@code from} to {@code to} - 1 to the row. */
  public void append(int[] ids, int from, int to) {
    reserve(to - from);
    boolean isNarrow = type(vocabulary) == DataType.U16;
    for (int i = from; i < to; i++) {
      if (ids[i] < 0 || ids[i] >= vocabulary) {
        throw new IllegalArgumentException(
            "ids must be from 0 to %d (got: %d)".formatted(vocabulary - 1, ids[i]));
      }
      if (isNarrow) {
        narrow[tokens++] = (short) ids[i];
      } else {
        wide[tokens++] = ids[i];
      }
    }
  }

  /** Ends the row. */
  public void endRow() {
    if (rows + 2 > offsets.length) {
      offsets = Arrays.copyOf(offsets, 2 * offsets.length);
    }
    offsets[++rows] = tokens;
  }

  /** Adds a row of a document: its ids, then the end-of-text id. */
  public void document(int[] ids, int endOfText) {
    append(ids, 0, ids.length);
    append(new int[] {endOfText}, 0, 1);
    endRow();
  }

  /**
   * Publishes the shard.
   *
   * @param directory of the dataset, or where it is staged
   * @throws IllegalStateException where a row was not ended, or there is none
   */
  public ShardFacts publish(Storage storage, Path directory, DatasetSplit split, int shard) {
    if (rows == 0 || offsets[rows] != tokens) {
      throw new IllegalStateException("a shard must hold at least one row, and its last must end");
    }
    List<ArrayContent> arrays = new ArrayList<>();
    arrays.add(ArrayContent.of(Dataset.TEXT + Dataset.OFFSETS, Arrays.copyOf(offsets, rows + 1)));
    String values = Dataset.TEXT + Dataset.VALUES;
    arrays.add(
        type(vocabulary) == DataType.U16
            ? ArrayContent.of(values, DataType.U16, Arrays.copyOf(narrow, tokens))
            : ArrayContent.of(values, Arrays.copyOf(wide, tokens)));
    String name = String.format(Locale.ROOT, "%s/shard-%05d.safetensors", split.key(), shard);
    SafeTensors.Written written =
        SafeTensors.write(storage, new Path(directory, name), Map.of(), arrays);
    return new ShardFacts(name, rows, tokens, written.crc32c());
  }

  private void reserve(int more) {
    long needed = (long) tokens + more;
    if (needed > MOST_TOKENS) {
      throw new ChoraleException(
          "Cannot write shard: it holds %d tokens or more, expected at most %d. Raise data.shards."
              .formatted(needed, MOST_TOKENS));
    }
    boolean isNarrow = type(vocabulary) == DataType.U16;
    int size = isNarrow ? narrow.length : wide.length;
    if (needed > size) {
      int larger = (int) Math.min(MOST_TOKENS, Math.max(needed, Math.max(FIRST_SIZE, 2L * size)));
      if (isNarrow) {
        narrow = Arrays.copyOf(narrow, larger);
      } else {
        wide = Arrays.copyOf(wide, larger);
      }
    }
  }
}
