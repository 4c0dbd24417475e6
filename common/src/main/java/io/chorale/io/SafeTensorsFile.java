package io.chorale.io;

import io.chorale.config.ChoraleException;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;

/**
 * An open safetensors file of parameters. The header is read and checked at once, arrays when they
 * are asked for, in any order. Not thread-safe.
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

  /** The elements of a float32 array of any shape. */
  public FloatVector floats(String name) {
    SafeTensorsHeader.Entry entry = seek(name);
    try {
      return ArrayInput.vector(in, entry.elements());
    } catch (IOException e) {
      throw Storage.failure("read", file, e);
    }
  }

  /** As {@link #floats(String)}, where the shape must be the given one. */
  public FloatVector floats(String name, List<Long> shape) {
    SafeTensorsHeader.Entry entry = seek(name);
    if (!entry.shape().equals(shape)) {
      throw new ChoraleException(
          ("Cannot read array %s of %s: its shape is %s, expected %s."
                  + " The file belongs to other settings.")
              .formatted(name, file, entry.shape(), shape));
    }
    return floats(name);
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException e) {
      throw Storage.failure("close", file, e);
    }
  }

  private SafeTensorsHeader.Entry seek(String name) {
    SafeTensorsHeader.Entry entry = header.arrays().get(name);
    if (entry == null) {
      throw new ChoraleException(
          "Cannot read array %s of %s: the file holds %s, expected that name. It is another file, or damaged: restore it."
              .formatted(name, file, abbreviate(header.arrays().keySet().toString())));
    }
    entry.checkType(DataType.F32, name, file);
    try {
      in.seek(header.start() + entry.begin());
    } catch (IOException e) {
      throw Storage.failure("read", file, e);
    }
    return entry;
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
