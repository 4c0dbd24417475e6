package io.chorale.jobs.tokenize;

import io.chorale.io.ArrayContent;
import io.chorale.io.ArrayInput;
import io.chorale.io.SafeTensors;
import io.chorale.io.SafeTensorsHeader;
import io.chorale.io.Storage;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import scala.Tuple2;

/**
 * Counted pieces of text as a safetensors file: {@code pieces} U8, one after the other in UTF-8,
 * {@code offsets} I64 [pieces + 1] where each begins, {@code counts} I64 [pieces].
 */
final class PieceFile {
  private static final String PIECES = "pieces";
  private static final String OFFSETS = "offsets";
  private static final String COUNTS = "counts";

  private PieceFile() {}

  /** Publishes a table of pieces. */
  static void write(Storage storage, Path file, Map<String, long[]> table) {
    ByteArrayOutputStream pieces = new ByteArrayOutputStream();
    long[] offsets = new long[table.size() + 1];
    long[] counts = new long[table.size()];
    int number = 0;
    for (Map.Entry<String, long[]> piece : table.entrySet()) {
      pieces.writeBytes(piece.getKey().getBytes(StandardCharsets.UTF_8));
      counts[number] = piece.getValue()[0];
      number++;
      offsets[number] = pieces.size();
    }
    SafeTensors.write(
        storage,
        file,
        Map.of(),
        List.of(
            ArrayContent.of(PIECES, pieces.toByteArray()),
            ArrayContent.of(OFFSETS, offsets),
            ArrayContent.of(COUNTS, counts)));
  }

  /** The pieces of a file, with their counts. */
  static List<Tuple2<String, Long>> read(Storage storage, Path file) {
    long length = storage.status(file).getLen();
    return storage.read(file, in -> read(new BufferedInputStream(in), length, file.toString()));
  }

  private static List<Tuple2<String, Long>> read(InputStream in, long length, String name)
      throws IOException {
    byte[] pieces = {};
    long[] offsets = {};
    long[] counts = {};
    SafeTensorsHeader header = SafeTensorsHeader.read(in, length, name);
    for (Map.Entry<String, SafeTensorsHeader.Entry> array : header.arrays().entrySet()) {
      int elements = Math.toIntExact(array.getValue().elements());
      switch (array.getKey()) {
        case PIECES -> pieces = in.readNBytes(elements);
        case OFFSETS -> ArrayInput.longs(in, offsets = new long[elements]);
        default -> ArrayInput.longs(in, counts = new long[elements]);
      }
    }
    List<Tuple2<String, Long>> table = new ArrayList<>();
    for (int number = 0; number < counts.length; number++) {
      int from = (int) offsets[number];
      int bytes = (int) offsets[number + 1] - from;
      table.add(
          new Tuple2<>(new String(pieces, from, bytes, StandardCharsets.UTF_8), counts[number]));
    }
    return table;
  }
}
