package io.chorale.io;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.hadoop.fs.Path;

/** A small safetensors file and what its arrays hold, for tests of what was written. */
public record StoredArrays(SafeTensorsHeader header, byte[] file) {

  public static StoredArrays read(Storage storage, Path path) {
    byte[] file = storage.readFully(path, Integer.MAX_VALUE);
    try {
      return new StoredArrays(
          SafeTensorsHeader.read(new ByteArrayInputStream(file), file.length, path.toString()),
          file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** The bytes of an array. */
  public ByteBuffer bytes(String name) {
    SafeTensorsHeader.Entry entry = header.arrays().get(name);
    return ByteBuffer.wrap(
            file, (int) (header.start() + entry.begin()), (int) (entry.end() - entry.begin()))
        .slice()
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  public short[] shorts(String name) {
    short[] values = new short[bytes(name).remaining() / Short.BYTES];
    bytes(name).asShortBuffer().get(values);
    return values;
  }

  public int[] ints(String name) {
    int[] values = new int[bytes(name).remaining() / Integer.BYTES];
    bytes(name).asIntBuffer().get(values);
    return values;
  }

  public long[] longs(String name) {
    long[] values = new long[bytes(name).remaining() / Long.BYTES];
    bytes(name).asLongBuffer().get(values);
    return values;
  }
}
