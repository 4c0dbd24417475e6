package io.chorale.data;

import io.chorale.io.ArrayInput;
import io.chorale.io.SafeTensorsHeader;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;

/** Arrays of a file of columns, by their names: whole numbers, ids and 32-bit floats. */
record StoredArrays(
    Map<String, long[]> longs, Map<String, Tokens> ids, Map<String, float[]> numbers) {
  StoredArrays() {
    this(new HashMap<>(), new HashMap<>(), new HashMap<>());
  }

  /** Reads the next array of a file. */
  void read(InputStream in, String name, SafeTensorsHeader.Entry entry) throws IOException {
    int count = Math.toIntExact(entry.elements());
    switch (entry.type()) {
      case I64 -> {
        long[] values = new long[count];
        ArrayInput.longs(in, values);
        longs.put(name, values);
      }
      case U16 -> {
        short[] values = new short[count];
        ArrayInput.shorts(in, values);
        ids.put(name, Tokens.narrow(values));
      }
      case I32 -> {
        int[] values = new int[count];
        ArrayInput.ints(in, values);
        ids.put(name, Tokens.wide(values));
      }
      case F32 -> {
        float[] values = new float[count];
        ArrayInput.floats(in, values);
        numbers.put(name, values);
      }
      default -> throw new IllegalStateException("no column has values of " + entry.type());
    }
  }
}
