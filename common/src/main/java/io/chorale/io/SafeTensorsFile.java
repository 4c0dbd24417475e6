package io.chorale.io;

import io.chorale.config.ChoraleException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;

/**
 * An open safetensors file. The header is read and checked at once, arrays when they are asked for,
 * in any order. Not thread-safe.
 */
public final class SafeTensorsFile implements Closeable {
  private final Path file;
  private final FSDataInputStream in;
  private final SafeTensorsHeader header;

  SafeTensorsFile(Storage storage, Path file) {
    this.file = file;
    long length = storage.status(file).getLen();
    this.in = storage.open(file);
    try {
      this.header = SafeTensorsHeader.read(in, length, file.toString());
    } catch (IOException e) {
      closeAfter(e);
      throw Storage.failure("read", file, e);
    } catch (RuntimeException e) {
      closeAfter(e);
      throw e;
    }
  }

  /** What the file holds. */
  public SafeTensorsHeader header() {
    return header;
  }

  /** The elements of a float32 array of any shape. */
  public FloatVector floats(String name) {
    SafeTensorsHeader.Entry entry = seek(name, DataType.F32);
    try {
      return ArrayInput.vector(in, entry.elements());
    } catch (IOException e) {
      throw Storage.failure("read", file, e);
    }
  }

  /** As {@link #floats(String)}, where the shape must be the given one. */
  public FloatVector floats(String name, List<Long> shape) {
    SafeTensorsHeader.Entry entry = seek(name, DataType.F32);
    if (!entry.shape().equals(shape)) {
      throw new ChoraleException(
          ("Cannot read array %s of %s: its shape is %s, expected %s."
                  + " The file belongs to other settings.")
              .formatted(name, file, entry.shape(), shape));
    }
    return floats(name);
  }

  /** The elements of an int32 array of any shape. */
  public int[] ints(String name) {
    int[] values = new int[size(seek(name, DataType.I32), name)];
    try {
      ArrayInput.ints(in, values);
    } catch (IOException e) {
      throw Storage.failure("read", file, e);
    }
    return values;
  }

  /** The elements of an int64 array of any shape. */
  public long[] longs(String name) {
    long[] values = new long[size(seek(name, DataType.I64), name)];
    try {
      ArrayInput.longs(in, values);
    } catch (IOException e) {
      throw Storage.failure("read", file, e);
    }
    return values;
  }

  /** The elements of an array of 16 bits: U16 or BF16. */
  public short[] shorts(String name, DataType type) {
    short[] values = new short[size(seek(name, type), name)];
    try {
      ArrayInput.shorts(in, values);
    } catch (IOException e) {
      throw Storage.failure("read", file, e);
    }
    return values;
  }

  /** The elements of an array of bytes of any shape. */
  public byte[] bytes(String name) {
    byte[] values = new byte[size(seek(name, DataType.U8), name)];
    try {
      in.readFully(values);
    } catch (IOException e) {
      throw Storage.failure("read", file, e);
    }
    return values;
  }

  /** The raw bytes of an array of any type, to be read before the next call; not to be closed. */
  public InputStream stream(String name) {
    SafeTensorsHeader.Entry entry = find(name);
    seek(name, entry.type());
    return new ArrayInput.Bounded(in, entry.end() - entry.begin());
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException e) {
      throw Storage.failure("close", file, e);
    }
  }

  private SafeTensorsHeader.Entry find(String name) {
    SafeTensorsHeader.Entry entry = header.arrays().get(name);
    if (entry == null) {
      throw new ChoraleException(
          "Cannot read array %s of %s: the file holds %s, expected that name."
              .formatted(name, file, abbreviate(header.arrays().keySet().toString())));
    }
    return entry;
  }

  private SafeTensorsHeader.Entry seek(String name, DataType type) {
    SafeTensorsHeader.Entry entry = find(name);
    entry.checkType(type, name, file);
    try {
      in.seek(header.start() + entry.begin());
    } catch (IOException e) {
      throw Storage.failure("read", file, e);
    }
    return entry;
  }

  private int size(SafeTensorsHeader.Entry entry, String name) {
    if (entry.elements() > Integer.MAX_VALUE - 8) {
      throw new ChoraleException(
          "Cannot read array %s of %s: it has %d elements, expected at most %d."
              .formatted(name, file, entry.elements(), Integer.MAX_VALUE - 8));
    }
    return (int) entry.elements();
  }

  private static String abbreviate(String names) {
    return names.length() <= 200 ? names : names.substring(0, 200) + "…";
  }

  private void closeAfter(Exception e) {
    try {
      in.close();
    } catch (IOException suppressed) {
      e.addSuppressed(suppressed);
    }
  }
}
